import type { Producer } from 'mediasoup/types';

/** The worker asks for a key frame whenever a picture resumes, past the gathering of requests; so a picture resumes this seldom. */
const betweenResumesMs = 1_000;

/** Pauses and resumes one producer; the last call wins. */
export class PauseSwitch {
  readonly #producer: Producer;
  #resumedAt = Number.NEGATIVE_INFINITY;
  #resuming: NodeJS.Timeout | undefined;

  constructor(producer: Producer) {
    this.#producer = producer;
    producer.observer.once('close', () => clearTimeout(this.#resuming));
  }

  /** Pausing and sound take effect at once; a picture that resumed within the last second resumes when it is over. */
  async set(paused: boolean): Promise<void> {
    clearTimeout(this.#resuming);
    const producer = this.#producer;
    if (paused) return this.#unlessClosed(() => producer.pause());
    const wait = this.#resumedAt + betweenResumesMs - performance.now();
    if (producer.kind === 'audio' || wait <= 0) return this.#resume();
    this.#resuming = setTimeout(() => void this.#resume().catch(() => undefined), wait);
  }

  async #resume(): Promise<void> {
    if (!this.#producer.paused) return;
    this.#resumedAt = performance.now();
    await this.#unlessClosed(() => this.#producer.resume());
  }

  async #unlessClosed(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!this.#producer.closed) throw error;
    }
  }
}
