import type { ProducerStat } from 'mediasoup/types';
import type { LocalProducer } from '../routers/stage-producer.ts';
import type { ProducerHealth } from '../types.ts';

/** Loss is told of at least this much time, ms. */
const shortestSpanMs = 1_000;

interface Received {
  at: number;
  packets: number;
  lost: number;
}

const sumOf = (stats: readonly ProducerStat[], figure: (stat: ProducerStat) => number): number =>
  stats.reduce((sum, stat) => sum + figure(stat), 0);

/** Reads the health of one producer; it remembers the last reading, so that loss is of the time between. */
export class ProducerProbe {
  readonly #local: LocalProducer;
  #before: Received | undefined;
  #loss = 0;

  constructor(local: LocalProducer) {
    this.#local = local;
  }

  async read(): Promise<ProducerHealth> {
    const { id, publisherId, seat, kind, source, producer } = this.#local;
    // A producer that has closed meanwhile has no figures any more.
    const stats = await producer.getStats().catch((): ProducerStat[] => []);
    const codec = producer.rtpParameters.codecs[0];
    const clockRate = codec?.clockRate ?? 90_000;
    const trips = stats.flatMap(({ roundTripTime }) => (roundTripTime ? [roundTripTime] : []));
    return {
      id,
      publisherId,
      seat,
      kind,
      source,
      codec: codec?.mimeType ?? kind,
      paused: producer.paused,
      score: Math.max(0, ...producer.score.map(({ score }) => score)),
      bitrate: sumOf(stats, ({ bitrate }) => bitrate),
      loss: this.#lossOf(stats),
      jitterMs: (Math.max(0, ...stats.map(({ jitter }) => jitter)) / clockRate) * 1_000,
      roundTripMs: trips.length > 0 ? Math.max(...trips) : null,
      layers: stats.map(({ rid, bitrate, score }) => ({ rid: rid ?? null, bitrate, score })),
    };
  }

  #lossOf(stats: readonly ProducerStat[]): number {
    const now = { at: performance.now(), packets: sumOf(stats, (s) => s.packetCount), lost: sumOf(stats, (s) => s.packetsLost) };
    const before = this.#before ?? { at: Number.NEGATIVE_INFINITY, packets: 0, lost: 0 };
    if (now.at - before.at < shortestSpanMs) return this.#loss;
    const lost = Math.max(0, now.lost - before.lost);
    const expected = Math.max(0, now.packets - before.packets) + lost;
    this.#before = now;
    this.#loss = expected > 0 ? lost / expected : 0;
    return this.#loss;
  }
}
