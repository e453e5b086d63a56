import type { MediaHost, OpenedPipe, PipeEnd } from '../../../../../media/types.ts';
import { StageMoved, type Wire } from '../wire/wire.ts';

export interface EdgesOptions {
  stageId: string;
  hostId: string;
  local: Pick<MediaHost, 'openPipe' | 'closePipe' | 'producers'>;
  wire: Pick<Wire, 'tell' | 'hearingSince'>;
}

/** An edge that has not said for so long that it still is one has left, and the word of it was lost, ms. */
const forgottenMs = 10_000;

interface Edge {
  pipes: Set<string>;
  saidAt: number;
}

/** The other hosts that carry a part of a stage whose origin is here, and the pipes laid to them. */
export class Edges {
  readonly #options: EdgesOptions;
  readonly #edges = new Map<string, Edge>();
  readonly #paused = new Set<string>();

  constructor(options: EdgesOptions) {
    this.#options = options;
  }

  get all(): string[] {
    return [...this.#edges.keys()];
  }

  /** A host wants to hear what is sent here, from now on. */
  attach(edge: string): void {
    this.#edges.set(edge, { pipes: this.#edges.get(edge)?.pipes ?? new Set(), saidAt: performance.now() });
    this.#state(edge);
  }

  /** It has no viewers of the stage any more, or is gone. */
  detach(edge: string): void {
    const { local, stageId } = this.#options;
    for (const pipeId of this.#edges.get(edge)?.pipes ?? []) void local.closePipe(stageId, pipeId).catch(() => undefined);
    this.#edges.delete(edge);
  }

  /** Detaches those who have not attached again for long, if their word would have been heard: while Redis is away nobody's is. */
  expire(): void {
    const now = performance.now();
    const since = this.#options.wire.hearingSince();
    if (since === null || now - since < forgottenMs) return;
    for (const [edge, { saidAt }] of this.#edges) if (now - saidAt > forgottenMs) this.detach(edge);
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
    const pipes = this.#edges.get(edge)?.pipes;
    if (!pipes) throw new StageMoved();
    const opened = await local.openPipe(stageId, producerId, end);
    if (this.#edges.get(edge)?.pipes === pipes) pipes.add(opened.pipeId);
    else void local.closePipe(stageId, opened.pipeId).catch(() => undefined);
    return opened;
  }

  async closePipe(edge: string, pipeId: string): Promise<void> {
    const { local, stageId } = this.#options;
    if (this.#edges.get(edge)?.pipes.delete(pipeId)) await local.closePipe(stageId, pipeId);
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
    for (const edge of this.#edges.keys()) this.#state(edge);
  }

  /** All that is sent, every time: whoever missed a word of it is set right by the next. */
  #state(edge: string): void {
    const { local, stageId, hostId, wire } = this.#options;
    const producers = local.producers(stageId).map((producer) => ({ ...producer, paused: this.#paused.has(producer.producerId) }));
    wire.tell(edge, { type: 'producers', from: hostId, stageId, producers });
  }
}
