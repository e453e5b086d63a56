import type { WebRtcTransport } from 'mediasoup/types';
import type { Publishers } from '../participants/publishers.ts';
import type { Subscriber } from '../participants/subscriber.ts';
import type { WorkerPool } from '../pool/worker-pool.ts';
import type { LocalProducer } from '../routers/stage-producer.ts';
import type { EdgeHealth, ProducerHealth, StageHealth } from '../types.ts';
import { type ConditionSample, conditionOf, type Judgement, SteadyCondition } from './condition.ts';
import { ProducerProbe } from './producer-probe.ts';
import { countReception } from './reception.ts';

export interface StageMonitorOptions {
  hostId: string;
  pool: WorkerPool;
  publishers: Pick<Publishers, 'size' | 'producers'>;
  subscribers: ReadonlyMap<string, Subscriber>;
  /** A condition has changed and stayed so. */
  told(judgement: Judgement): void;
}

const readingMs = 2_000;
/** Transports asked for their bitrate, of each edge. */
const sampleSize = 4;

/** Watches how one stage is sent and received. */
export class StageMonitor {
  readonly #options: StageMonitorOptions;
  readonly #probes = new WeakMap<LocalProducer, ProducerProbe>();
  readonly #steady = new SteadyCondition();
  #timer: NodeJS.Timeout | undefined;
  #reading = false;

  constructor(options: StageMonitorOptions) {
    this.#options = options;
  }

  /** From now on conditions are told, until end(). */
  begin(): void {
    this.#timer ??= setInterval(() => void this.#read(), readingMs).unref();
  }

  /** Nobody sends any more. */
  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const judgement = this.#steady.end();
    if (judgement) this.#options.told(judgement);
  }

  async health(): Promise<StageHealth> {
    const { publishers, subscribers } = this.#options;
    const [producers, edges] = await Promise.all([this.#producers(), this.#edges()]);
    const sample = this.#sample(producers);
    const { constrained: _, ...reception } = sample.reception;
    const steady = this.#steady.current;
    // Before the first few readings agree, what is seen now is the best there is.
    const { condition, reasons } = steady.condition === 'none' ? conditionOf(sample) : steady;
    return { condition, reasons, publishers: publishers.size, subscribers: subscribers.size, producers, edges, reception };
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const sample = this.#sample(await this.#producers());
      if (!this.#timer) return;
      const judgement = this.#steady.read(conditionOf(sample));
      if (judgement) this.#options.told(judgement);
    } finally {
      this.#reading = false;
    }
  }

  #producers(): Promise<ProducerHealth[]> {
    return Promise.all(
      [...this.#options.publishers.producers()].map((local) => {
        const probe = this.#probes.get(local) ?? new ProducerProbe(local);
        this.#probes.set(local, probe);
        return probe.read();
      }),
    );
  }

  #sample(producers: readonly ProducerHealth[]): ConditionSample {
    const { pool, subscribers } = this.#options;
    const pids = this.#pids();
    const workers = pool.health().filter(({ pid, alive }) => alive && pids.has(pid));
    return {
      producers: producers.filter(({ seat }) => seat === 'lead'),
      reception: countReception([...subscribers.values()].flatMap(({ reception }) => (reception ? [reception] : []))),
      worker: { cpu: Math.max(0, ...workers.map(({ cpu }) => cpu)), lagMs: Math.max(0, ...workers.map(({ lagMs }) => lagMs)) },
    };
  }

  #edges(): Promise<EdgeHealth[]> {
    const { hostId, subscribers } = this.#options;
    const origins = new Set([...this.#options.publishers.producers()].map(({ home }) => home.pid));
    return Promise.all(
      [...this.#pids()].map(async (workerPid): Promise<EdgeHealth> => {
        const there = [...subscribers.values()].filter(({ pid }) => pid === workerPid);
        return {
          hostId,
          workerPid,
          origin: origins.has(workerPid),
          subscribers: there.length,
          consumers: there.reduce((sum, { consumers }) => sum + consumers, 0),
          bitrate: await estimate(there.flatMap(({ transport }) => (transport ? [transport] : []))),
        };
      }),
    );
  }

  /** The workers that the stage is on. */
  #pids(): Set<number> {
    const placed = [...this.#options.subscribers.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    return new Set([...[...this.#options.publishers.producers()].map(({ home }) => home.pid), ...placed]);
  }
}

/** Bits a second sent on all, from the mean of some spread over them. */
async function estimate(transports: readonly WebRtcTransport[]): Promise<number> {
  const step = Math.max(1, Math.floor(transports.length / sampleSize));
  const asked = transports.filter((_, n) => n % step === 0).slice(0, sampleSize);
  if (asked.length === 0) return 0;
  const rates = await Promise.all(asked.map(async (transport) => (await transport.getStats().catch(() => []))[0]?.sendBitrate ?? 0));
  return (rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * transports.length;
}
