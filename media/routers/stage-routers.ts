import type { RouterRtpCodecCapability } from 'mediasoup/types';
import { placeParticipant } from '../placement.ts';
import type { MediaWorker, WorkerPool } from '../pool/worker-pool.ts';
import { MediaError } from '../types.ts';
import { Dialects, type PayloadTypes } from './dialect.ts';
import { type HeldRouter, SharedRouter } from './shared-router.ts';

export interface StageRoutersOptions {
  pool: WorkerPool;
  codecs: readonly RouterRtpCodecCapability[];
  edgeCost: number;
}

/**
 * The routers of one stage, at most one a worker, and its dialects beside it. A
 * router exists while somebody holds it: a publisher (then it is the publisher's
 * origin), a subscriber, or a pipe. When the last hold goes it closes, and with it
 * its pipes, so that no media is sent to a worker where nobody watches.
 */
export class StageRouters {
  readonly #options: StageRoutersOptions;
  readonly #dialects: Dialects;
  readonly #routers = new Map<MediaWorker, SharedRouter>();
  #closed = false;

  constructor(options: StageRoutersOptions) {
    this.#options = options;
    this.#dialects = new Dialects(options.codecs);
  }

  /**
   * Places one participant.
   * @param payloadTypes those that a receiver has fixed
   * @throws MediaError unavailable
   */
  async acquire(payloadTypes?: PayloadTypes): Promise<HeldRouter> {
    const living = await this.#options.pool.living();
    if (this.#closed) throw new MediaError('not-found', 'the stage was closed');
    const place = placeParticipant(
      living.map((worker) => ({ worker, ...worker.load(), onStage: this.#routers.has(worker) })),
      this.#options.edgeCost,
    );
    if (!place) throw new MediaError('unavailable', 'no media worker is running');
    const { worker } = place;
    const shared = this.#routers.get(worker) ?? this.#open(worker);
    const held = await shared.hold(worker.admit());
    return payloadTypes ? this.#dialects.hold(held, worker, payloadTypes) : held;
  }

  /** Closes all routers, whoever holds them. */
  close(): void {
    this.#closed = true;
    this.#dialects.close();
    for (const router of [...this.#routers.values()]) router.close();
  }

  #open(worker: MediaWorker): SharedRouter {
    const shared = new SharedRouter({
      worker,
      opening: worker.worker.createRouter({ mediaCodecs: structuredClone([...this.#options.codecs]) }),
      over: () => {
        if (this.#routers.get(worker) === shared) this.#routers.delete(worker);
      },
    });
    this.#routers.set(worker, shared);
    return shared;
  }
}
