import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Everything `/metrics` shows. Each measurement is named for the moment it fires. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'gangbo_' });
  const registers = [registry];

  const requestDuration = new Histogram({
    name: 'gangbo_http_request_seconds',
    help: 'From the request line to the last byte of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const eventDuration = new Histogram({
    name: 'gangbo_socket_event_seconds',
    help: 'From a socket event to its acknowledgement',
    labelNames: ['event', 'code'],
    buckets: [0.002, 0.01, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const connections = new Gauge({ name: 'gangbo_connections', help: 'Open socket connections of this node', registers });
  const frames = new Counter({ name: 'gangbo_feed_frames_total', help: 'Frames encoded by this node', registers });
  const entries = new Counter({ name: 'gangbo_feed_entries_total', help: 'Feed entries read by this node', registers });
  const drained = new Counter({ name: 'gangbo_ledger_entries_total', help: 'Facts this node wrote into the ledger', registers });
  const relayed = new Counter({ name: 'gangbo_outbox_relayed_total', help: 'Recorded facts this node relayed from the outbox', registers });
  const workerDeaths = new Counter({ name: 'gangbo_media_worker_deaths_total', help: 'mediasoup workers that died', registers });

  return {
    registry,
    requestAnswered: (method: string, route: string, status: number, seconds: number) =>
      requestDuration.observe({ method, route, status: String(status) }, seconds),
    eventAcknowledged: (event: string, code: string, seconds: number) => eventDuration.observe({ event, code }, seconds),
    connectionsChanged: (open: number) => connections.set(open),
    frameSent: (count: number) => {
      frames.inc();
      entries.inc(count);
    },
    ledgerDrained: (count: number) => drained.inc(count),
    outboxRelayed: (count: number) => relayed.inc(count),
    workerDied: () => workerDeaths.inc(),
    /** A gauge that is asked for its value when `/metrics` is read. */
    gauge(name: string, help: string, read: () => number | Promise<number>) {
      new Gauge({
        name,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    },
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
