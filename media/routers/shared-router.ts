import type { Router, WebRtcServer } from 'mediasoup/types';
import type { MediaWorker } from '../pool/worker-pool.ts';
import { MediaError } from '../types.ts';

/** A router of the stage that somebody needs; release() it exactly once. */
export interface HeldRouter {
  readonly router: Router;
  readonly webRtcServer: WebRtcServer;
  /** The worker's process id. */
  readonly pid: number;
  /** Of a dialect: the stage's ordinary router on the same worker, which feeds it. */
  readonly feeder: HeldRouter | undefined;
  /** One more hold on the same router, at once. @throws MediaError unavailable when it is closed */
  share(): HeldRouter;
  /** Calls back once if the worker under the router dies while it is held. */
  onLost(lost: () => void): void;
  release(): void;
}

export interface SharedRouterOptions {
  worker: MediaWorker;
  opening: Promise<Router>;
  feeder?: HeldRouter;
  /** The last hold is gone, the router could not be opened, or its worker died: nobody may take it any more. */
  over(): void;
}

/** A router in shared use: it closes, and its pipes with it, when the last hold is given back. */
export class SharedRouter {
  readonly #options: SharedRouterOptions;
  #holds = 0;
  #over = false;

  constructor(options: SharedRouterOptions) {
    this.#options = options;
    // The first listener of workerclose, so that whoever is told next can be placed again at once.
    options.opening.then(
      (router) => (router.closed ? this.#end() : router.on('workerclose', () => this.#end())),
      () => this.#end(),
    );
  }

  /** @param released called when this hold, not one shared from it, is given back */
  async hold(released: () => void = () => {}): Promise<HeldRouter> {
    const giveBack = this.#count(released);
    try {
      return this.#lease(await this.#options.opening, giveBack);
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Closes it, whoever holds it. */
  close(): void {
    this.#end();
    void this.#options.opening.then((router) => router.close()).catch(() => {});
  }

  /** Counts one hold at once; answers what gives it back. */
  #count(released: () => void): () => void {
    this.#holds++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      released();
      this.#holds--;
      if (this.#holds === 0) this.close();
    };
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.over();
  }

  #lease(router: Router, giveBack: () => void): HeldRouter {
    if (router.closed) throw new MediaError('unavailable', 'the router was closed');
    const { worker, feeder } = this.#options;
    const listeners = new Set<() => void>();
    return {
      router,
      webRtcServer: worker.webRtcServer,
      pid: worker.worker.pid,
      feeder,
      share: () => {
        if (router.closed) throw new MediaError('unavailable', 'the router was closed');
        return this.#lease(
          router,
          this.#count(() => {}),
        );
      },
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
}
