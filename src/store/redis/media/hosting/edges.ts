import type { MediaHost, OpenedPipe, PipeEnd } from '../../../../../media/types.ts';
import { StageMoved, type Wire } from '../wire/wire.ts';

export interface EdgesOptions {
  stageId: string;
  hostId: string;
  local: MediaHost;
  wire: Pick<Wire, 'tell'>;
}

/** The other hosts that carry a part of a stage whose origin is here, and the pipes laid to them. */
export class Edges {
  readonly #options: EdgesOptions;
  readonly #pipes = new Map<string, Set<string>>();
  readonly #paused = new Set<string>();

  constructor(options: EdgesOptions) {
    this.#options = options;
  }

  get all(): string[] {
    return [...this.#pipes.keys()];
  }

  /** A host wants to hear what is sent here, from now on. */
  attach(edge: string): void {
    if (!this.#pipes.has(edge)) this.#pipes.set(edge, new Set());
    this.#state(edge);
  }

  /** It has no viewers of the stage any more, or is gone. */
  detach(edge: string): void {
    const { local, stageId } = this.#options;
    for (const pipeId of this.#pipes.get(edge) ?? []) void local.closePipe(stageId, pipeId).catch(() => undefined);
    this.#pipes.delete(edge);
  }

  /** Another host is the origin now. */
  moved(): void {
    const { hostId, stageId, wire } = this.#options;
    for (const edge of this.all) {
      wire.tell(edge, { type: 'moved', from: hostId, stageId });
      this.detach(edge);
    }
  }

  /** @throws StageMoved when the host is not attached; MediaError as the plane does */
  async openPipe(edge: string, producerId: string, end: PipeEnd): Promise<OpenedPipe> {
    const { local, stageId } = this.#options;
    const pipes = this.#pipes.get(edge);
    if (!pipes) throw new StageMoved();
    const opened = await local.openPipe(stageId, producerId, end);
    if (this.#pipes.get(edge) === pipes) pipes.add(opened.pipeId);
    else void local.closePipe(stageId, opened.pipeId).catch(() => undefined);
    return opened;
  }

  async closePipe(edge: string, pipeId: string): Promise<void> {
    const { local, stageId } = this.#options;
    if (this.#pipes.get(edge)?.delete(pipeId)) await local.closePipe(stageId, pipeId);
  }

  /** A publisher here sends one more. */
  producerOpened(): void {
    this.#stateAll();
  }

  producerPaused(producerId: string, paused: boolean): void {
    if (paused) this.#paused.add(producerId);
    else this.#paused.delete(producerId);
    this.#stateAll();
  }

  producerClosed(producerId: string): void {
    this.#paused.delete(producerId);
    this.#stateAll();
  }

  #stateAll(): void {
    for (const edge of this.#pipes.keys()) this.#state(edge);
  }

  /** All that is sent, every time: whoever missed a word of it is set right by the next. */
  #state(edge: string): void {
    const { local, stageId, hostId, wire } = this.#options;
    const producers = local.producers(stageId).map((producer) => ({ ...producer, paused: this.#paused.has(producer.producerId) }));
    wire.tell(edge, { type: 'producers', from: hostId, stageId, producers });
  }
}
