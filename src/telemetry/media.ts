import { Counter, Gauge, type Registry } from 'prom-client';
import type { MediaHostView, StageCondition, StageHealth } from '../contract/index.ts';

export interface MediaMetricsOptions {
  registry: Registry;
  /** This process's workers; null when it has none. */
  host: () => Pick<MediaHostView, 'id' | 'workers'> | null;
  /** The stages whose lead is on this process, and how they are now; asked once for each reading of `/metrics`. */
  stages: () => Promise<ReadonlyMap<string, StageHealth>>;
}

type Worker = MediaHostView['workers'][number];
type Producer = StageHealth['producers'][number];

const workerGauges: Record<string, { help: string; of: (worker: Worker) => number }> = {
  alive: { help: '1 while the process lives', of: ({ alive }) => Number(alive) },
  retired: { help: '1 when it kept crashing and is not started any more', of: ({ retired }) => Number(retired) },
  cpu_ratio: { help: 'Share of one core, 0 to 1', of: ({ cpu }) => cpu },
  lag_seconds: { help: 'How long its event loop lets a request wait', of: ({ lagMs }) => lagMs / 1_000 },
  participants: { help: 'Subscribers and publishers placed on it', of: ({ participants }) => participants },
  consumers: { help: 'Consumers in it, pipes included', of: ({ consumers }) => consumers },
  transports: { help: 'Transports in it, pipes included', of: ({ transports }) => transports },
  routers: { help: 'Routers in it', of: ({ routers }) => routers },
  sent_bits_per_second: { help: 'Sent to subscribers, estimated from a sample', of: ({ bitrate }) => bitrate },
};

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Guests with the same kind of source share a series, so that the number of series does not grow with people: the worst of them counts. */
const publisherGauges: Record<string, { help: string; of: (producers: readonly Producer[]) => number | null }> = {
  bits_per_second: { help: 'Received from the publisher, all layers', of: (all) => sum(all.map(({ bitrate }) => bitrate)) },
  loss_ratio: { help: 'Share of packets lost on the way to us, 0 to 1', of: (all) => Math.max(...all.map(({ loss }) => loss)) },
  jitter_seconds: { help: 'Jitter on the way to us (RFC 3550)', of: (all) => Math.max(...all.map(({ jitterMs }) => jitterMs)) / 1_000 },
  round_trip_seconds: {
    help: 'Round-trip time to the publisher, where it is known',
    of: (all) => {
      const known = all.map(({ roundTripMs }) => roundTripMs).filter((ms) => ms !== null);
      return known.length === 0 ? null : Math.max(...known) / 1_000;
    },
  },
  score: { help: '0 (unusable) to 10, of the best layer', of: (all) => Math.min(...all.map(({ score }) => score)) },
};

const rankOf: Record<StageCondition, number> = { none: 0, poor: 1, fair: 2, good: 3 };
const receptions = ['good', 'fair', 'poor', 'lowered', 'audioOnly'] as const;

/**
 * What `/metrics` says of the media of this process: its workers, and the stages
 * whose publisher it holds. Gauges are read when they are asked for and show
 * nothing of what has gone since.
 */
export function createMediaMetrics({ registry, host, stages }: MediaMetricsOptions) {
  const registers = [registry];
  let reading: Promise<ReadonlyMap<string, StageHealth>> | undefined;
  /** The gauges of one answer are collected at the same time, and share what is being read. */
  function read() {
    reading ??= stages().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  for (const [name, { help, of }] of Object.entries(workerGauges)) {
    new Gauge({
      name: `gangbo_media_worker_${name}`,
      help: `mediasoup worker: ${help}`,
      labelNames: ['host', 'worker'],
      registers,
      collect() {
        this.reset();
        const here = host();
        for (const worker of here?.workers ?? []) this.set({ host: here?.id ?? '', worker: String(worker.pid) }, of(worker));
      },
    });
  }

  /** A gauge of every stage of this host, which writes its own series. */
  function stageGauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    show: (health: StageHealth, set: (labels: Record<L, string | number>, value: number) => void) => void,
  ): void {
    new Gauge<'session' | L>({
      name: `gangbo_stage_${name}`,
      help,
      labelNames: ['session', ...labelNames],
      registers,
      async collect() {
        const found = await read();
        this.reset();
        for (const [session, health] of found) show(health, (labels, value) => this.set({ session, ...labels }, value));
      },
    });
  }

  for (const [name, { help, of }] of Object.entries(publisherGauges)) {
    stageGauge(`publisher_${name}`, `${help}; of publishers on this host`, ['seat', 'source'], ({ producers }, set) => {
      for (const same of groupBySource(producers)) {
        const [first] = same;
        const value = of(same);
        if (first && value !== null) set({ seat: first.seat, source: first.source }, value);
      }
    });
  }
  stageGauge(
    'layer_bits_per_second',
    'Received from the lead’s pictures, by simulcast layer (its rid)',
    ['source', 'layer'],
    (health, set) => {
      for (const { source, layers } of health.producers.filter(({ seat, kind }) => seat === 'lead' && kind === 'video')) {
        for (const [index, { rid, bitrate }] of layers.entries()) set({ source, layer: rid ?? index }, bitrate);
      }
    },
  );
  stageGauge('condition', 'How a stage is received: 0 nobody sends, 1 poor, 2 fair, 3 good', [], ({ condition }, set) =>
    set({}, rankOf[condition]),
  );
  stageGauge('subscribers', 'Connections that receive a stage, on all hosts', [], ({ subscribers }, set) => set({}, subscribers));
  stageGauge('edge_subscribers', 'Connections that receive a stage, by worker', ['host', 'worker'], ({ edges }, set) => {
    for (const { hostId, workerPid, subscribers } of edges) set({ host: hostId, worker: workerPid }, subscribers);
  });
  stageGauge(
    'reception',
    'Subscribers by how well they receive (good, fair, poor), with a lower layer than the best, with sound only',
    ['reception'],
    (health, set) => {
      for (const reception of receptions) set({ reception }, health.reception[reception]);
    },
  );
  const changes = new Counter({
    name: 'gangbo_stage_condition_changes_total',
    help: 'Stages of this host that came to be received better or worse',
    labelNames: ['condition'],
    registers,
  });
  const retired = new Counter({
    name: 'gangbo_media_workers_retired_total',
    help: 'mediasoup workers taken out because they kept crashing',
    registers,
  });

  return {
    conditionChanged: (condition: StageCondition) => changes.inc({ condition }),
    workerRetired: () => retired.inc(),
  };
}

function groupBySource(producers: readonly Producer[]): Producer[][] {
  const groups = new Map<string, Producer[]>();
  for (const producer of producers) {
    const key = `${producer.seat} ${producer.source}`;
    groups.set(key, [...(groups.get(key) ?? []), producer]);
  }
  return [...groups.values()];
}
