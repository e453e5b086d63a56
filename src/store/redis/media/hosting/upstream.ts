import { MediaError, type MediaHost, type OpenedPipe, type RemoteOrigin } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import { hostCalls } from '../wire/calls.ts';
import type { ToldProducer } from '../wire/messages.ts';
import type { Wire } from '../wire/wire.ts';

export interface UpstreamOptions {
  stageId: string;
  local: MediaHost;
  wire: Pick<Wire, 'request'>;
  log: Log;
}

/** What the origin of a stage, on another host, has said is sent there; this host's plane knows as much. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #producers = new Map<string, { producer: ToldProducer; origin: RemoteOrigin }>();
  #host: string | undefined;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  /** Whom this host hears of producers from. */
  get host(): string | undefined {
    return this.#host;
  }

  /** Listens to another origin, or to none: what the one before sent ends. */
  turnTo(host: string | undefined): void {
    if (host === this.#host) return;
    this.#host = host;
    for (const id of this.#producers.keys()) this.#options.local.removeRemoteProducer(this.#options.stageId, id);
    this.#producers.clear();
  }

  /** All that is sent there now. */
  hear(from: string, producers: readonly ToldProducer[]): void {
    if (from !== this.#host) return;
    const { local, stageId } = this.#options;
    const ids = new Set(producers.map(({ producerId }) => producerId));
    for (const id of this.#producers.keys()) {
      if (ids.has(id)) continue;
      this.#producers.delete(id);
      local.removeRemoteProducer(stageId, id);
    }
    for (const producer of producers) {
      const known = this.#producers.get(producer.producerId);
      const origin = known?.origin ?? this.#originOf(from, producer.producerId);
      this.#producers.set(producer.producerId, { producer, origin });
      if (!known) local.addRemoteProducer(stageId, producer, origin);
      else if (known.producer.paused !== producer.paused) local.pauseRemoteProducer(stageId, producer.producerId, producer.paused);
    }
  }

  #originOf(host: string, producerId: string): RemoteOrigin {
    const { wire, stageId, log } = this.#options;
    return {
      async open(end) {
        try {
          const answer = await wire.request(host, stageId, 'openPipe', [producerId, end]);
          // The contract's schema and mediasoup's types say the same of RTP parameters.
          return hostCalls.openPipe.data.parse(answer) as OpenedPipe;
        } catch (error) {
          if (error instanceof MediaError) throw error;
          throw new MediaError('unavailable', 'the origin of the stage has moved', { cause: error });
        }
      },
      close(pipeId) {
        wire.request(host, stageId, 'closePipe', [pipeId]).catch((error: unknown) => {
          log.debug(
            { stageId, host, reason: String(error) },
            'a pipe could not be closed at its origin, which closes it with the producer',
          );
        });
      },
    };
  }
}
