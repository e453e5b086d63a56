import type { Router, RouterRtpCodecCapability, WebRtcServer } from 'mediasoup/types';
import { placeParticipant } from './placement.ts';
import { MediaError } from './types.ts';
import type { MediaWorker, WorkerPool } from './worker-pool.ts';

/** A router of the stage that somebody needs; release() it exactly once. */
export interface HeldRouter {
  readonly router: Router;
  readonly webRtcServer: WebRtcServer;
  /** One more hold on the same router, at once. @throws MediaError unavailable when it is closed */
  share(): HeldRouter;
  /** Calls back once if the worker under the router dies while it is held. */
  onLost(lost: () => void): void;
  release(): void;
}

interface Entry {
  holds: number;
  opening: Promise<Router>;
}

export interface StageRoutersOptions {
  pool: WorkerPool;
  codecs: readonly RouterRtpCodecCapability[];
  edgeCost: number;
}

/**
 * The routers of one stage, at most one a worker. A router exists while somebody
 * holds it: a publisher (then it is the publisher's origin), a subscriber, or a
 * pipe being laid. When the last hold goes it closes, and with it its pipes, so
 * that no media is sent to a worker where nobody watches.
 */
export class StageRouters {
  readonly #options: StageRoutersOptions;
  readonly #entries = new Map<MediaWorker, Entry>();
  #closed = false;

  constructor(options: StageRoutersOptions) {
    this.#options = options;
  }

  /** Places one participant. @throws MediaError unavailable */
  async acquire(): Promise<HeldRouter> {
    const living = await this.#options.pool.living();
    if (this.#closed) throw new MediaError('not-found', 'the stage was closed');
    const place = placeParticipant(
      living.map((worker) => ({ worker, participants: worker.participants, onStage: this.#entries.has(worker) })),
      this.#options.edgeCost,
    );
    if (!place) throw new MediaError('unavailable', 'no media worker is running');
    return this.#hold(place.worker);
  }

  /** Closes all routers, whoever holds them. */
  close(): void {
    this.#closed = true;
    for (const entry of this.#entries.values()) void entry.opening.then((router) => router.close()).catch(() => {});
    this.#entries.clear();
  }

  async #hold(worker: MediaWorker): Promise<HeldRouter> {
    const entry = this.#entries.get(worker) ?? this.#open(worker);
    worker.participants++;
    const release = this.#count(entry, worker, () => worker.participants--);
    try {
      return this.#lease(entry, worker, await entry.opening, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Counts one hold at once; answers what gives it back. */
  #count(entry: Entry, worker: MediaWorker, released: () => void = () => {}): () => void {
    entry.holds++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      released();
      entry.holds--;
      if (entry.holds > 0 || this.#entries.get(worker) !== entry) return;
      this.#entries.delete(worker);
      void entry.opening.then((router) => router.close()).catch(() => {});
    };
  }

  #lease(entry: Entry, worker: MediaWorker, router: Router, giveBack: () => void): HeldRouter {
    if (router.closed) throw new MediaError('unavailable', 'the router was closed');
    const listeners = new Set<() => void>();
    return {
      router,
      webRtcServer: worker.webRtcServer,
      share: () => this.#lease(entry, worker, router, this.#count(entry, worker)),
      onLost(lost) {
        listeners.add(lost);
        router.once('workerclose', lost);
      },
      release() {
        for (const lost of listeners) router.off('workerclose', lost);
        giveBack();
      },
    };
  }

  #open(worker: MediaWorker): Entry {
    const opening = worker.worker.createRouter({ mediaCodecs: structuredClone([...this.#options.codecs]) });
    const entry: Entry = { holds: 0, opening };
    this.#entries.set(worker, entry);
    const evict = (): void => {
      if (this.#entries.get(worker) === entry) this.#entries.delete(worker);
    };
    opening.then((router) => {
      // The first listener, so that whoever is told next can be placed again at once.
      router.on('workerclose', evict);
      if (this.#closed) router.close();
    }, evict);
    return entry;
  }
}
