import type { PipeTransport } from 'mediasoup/types';
import { notFound } from '../faults.ts';
import type { LocalProducer } from '../routers/stage-producer.ts';
import type { OpenedPipe, PipeEnd } from '../types.ts';
import { connectPipe, openPipeTransport, type PipeOptions, pipeEnd } from './pipe-transport.ts';

/**
 * The sending halves of pipes to other hosts, of one stage. One closes with its
 * producer, or when the receiving host says that it needs it no more; until then
 * it holds the producer's router.
 */
export class OutgoingPipes {
  readonly #options: PipeOptions;
  readonly #pipes = new Map<string, PipeTransport>();
  #closed = false;

  constructor(options: PipeOptions) {
    this.#options = options;
  }

  /** @throws MediaError not-found when the producer closes meanwhile, unavailable when no port is left */
  async open(local: LocalProducer, end: PipeEnd): Promise<OpenedPipe> {
    const hold = local.home.share();
    let transport: PipeTransport | undefined;
    try {
      transport = await openPipeTransport(hold.router, this.#options);
      await connectPipe(transport, end);
      const consumer = await transport.consume({ producerId: local.id });
      if (this.#closed || local.closed || consumer.closed || transport.closed) throw notFound('producer');
      const { id: pipeId } = transport;
      this.#pipes.set(pipeId, transport);
      transport.observer.once('close', () => {
        this.#pipes.delete(pipeId);
        hold.release();
      });
      consumer.once('producerclose', () => this.close(pipeId));
      return {
        pipeId,
        end: pipeEnd(transport, this.#options),
        rtpParameters: consumer.rtpParameters,
        paused: local.producer.paused,
      };
    } catch (error) {
      transport?.close();
      hold.release();
      throw error;
    }
  }

  /** Nothing happens when it is closed already. */
  close(pipeId: string): void {
    this.#pipes.get(pipeId)?.close();
  }

  closeAll(): void {
    this.#closed = true;
    for (const transport of [...this.#pipes.values()]) transport.close();
  }
}
