import type { Transport, WebRtcTransport, Worker } from 'mediasoup/types';
import type { WorkerLoadView } from '../placement.ts';

/** Transports asked for their bitrate at each measurement. */
const sampleSize = 8;
/** How much of a new measurement counts; the rest is what was known. */
const weight = 0.4;
/** Measurements that lag is the least of: what lasts is the worker's, a single one may be anything's. */
const lagReadings = 3;

/** What one worker carries: counted from mediasoup's own events, and measured. */
export class WorkerLoad {
  readonly #worker: Worker;
  /** Send and receive transports of participants, the longest unasked first. */
  readonly #transports = new Set<WebRtcTransport>();
  readonly counts = { routers: 0, transports: 0, consumers: 0 };
  #participants = 0;
  #measured = { participants: 0, cpu: 0, bitrate: 0 };
  #lags: number[] = [];
  #used: { ms: number; at: number } | undefined;
  #askedAt: number | undefined;
  #unanswered = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    const { counts } = this;
    worker.observer.on('newrouter', (router) => {
      counts.routers++;
      router.observer.once('close', () => counts.routers--);
      router.observer.on('newtransport', (transport) => this.#count(transport));
    });
  }

  /** Counts one participant; answers what takes it off again. */
  admit(): () => void {
    this.#participants++;
    return () => this.#participants--;
  }

  /** How many measurements in a row the worker has not answered. */
  get unanswered(): number {
    return this.#unanswered;
  }

  view(): WorkerLoadView {
    const { cpu, bitrate, participants } = this.#measured;
    // One that has not answered by the next measurement is not merely slow to answer this one.
    const waiting = this.#askedAt === undefined || this.#unanswered === 0 ? 0 : performance.now() - this.#askedAt;
    return {
      participants: this.#participants,
      measuredParticipants: participants,
      cpu,
      lagMs: Math.max(waiting, Math.min(...(this.#lags.length > 0 ? this.#lags : [0]))),
      bitrate,
    };
  }

  /**
   * Asks the worker how much processor time it has used (getrusage); how long that
   * takes is its lag. Never rejects; a worker that has not answered is not asked twice.
   */
  async measure(): Promise<void> {
    if (this.#askedAt !== undefined) {
      this.#unanswered++;
      return;
    }
    const askedAt = performance.now();
    this.#askedAt = askedAt;
    try {
      const { ru_utime, ru_stime } = await this.#worker.getResourceUsage();
      const at = performance.now();
      const ms = ru_utime + ru_stime;
      const cpu = this.#used && at > this.#used.at ? (ms - this.#used.ms) / (at - this.#used.at) : 0;
      this.#used = { ms, at };
      this.#lags = [...this.#lags, at - askedAt].slice(-lagReadings);
      this.#unanswered = 0;
      const participants = this.#participants;
      const bitrate = await this.#sample();
      const before = this.#measured;
      this.#measured = {
        participants,
        cpu: blend(before.cpu, Math.min(1, Math.max(0, cpu))),
        bitrate,
      };
    } catch {
      // It died or is being closed, which its own event says.
    } finally {
      this.#askedAt = undefined;
    }
  }

  /** Bits a second sent to all, from the mean of those asked. */
  async #sample(): Promise<number> {
    const asked = [...this.#transports].slice(0, sampleSize);
    if (asked.length === 0) return 0;
    const rates = await Promise.all(
      asked.map(async (transport) => {
        if (this.#transports.delete(transport)) this.#transports.add(transport);
        const [stats] = await transport.getStats().catch(() => []);
        return stats?.sendBitrate ?? 0;
      }),
    );
    return (rates.reduce((sum, rate) => sum + rate, 0) / rates.length) * this.#transports.size;
  }

  #count(transport: Transport): void {
    const { counts } = this;
    counts.transports++;
    if (isWebRtc(transport)) this.#transports.add(transport);
    transport.observer.once('close', () => {
      counts.transports--;
      if (isWebRtc(transport)) this.#transports.delete(transport);
    });
    transport.observer.on('newconsumer', (consumer) => {
      counts.consumers++;
      consumer.observer.once('close', () => counts.consumers--);
    });
  }
}

const isWebRtc = (transport: Transport): transport is WebRtcTransport => transport.type === 'webrtc';
const blend = (before: number, now: number): number => before + weight * (now - before);
