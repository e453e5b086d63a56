/**
 * Lets a wish through at once, then at most one every so many milliseconds: the
 * latest. Earlier ones are dropped.
 */
export class Latest {
  readonly #everyMs: number;
  #busyUntil = Number.NEGATIVE_INFINITY;
  #waiting: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** @param act must handle its own errors when it is put off; run at once, they are the caller's */
  async wish(act: () => Promise<void>): Promise<void> {
    clearTimeout(this.#waiting);
    const now = performance.now();
    if (now >= this.#busyUntil) {
      this.#busyUntil = now + this.#everyMs;
      return act();
    }
    this.#waiting = setTimeout(() => {
      this.#busyUntil = performance.now() + this.#everyMs;
      act().catch(() => undefined);
    }, this.#busyUntil - now).unref();
  }

  /** Drops what waits. */
  stop(): void {
    clearTimeout(this.#waiting);
  }
}
