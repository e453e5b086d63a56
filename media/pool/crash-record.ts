/** As many deaths within the time are a crash loop, not bad luck. */
export const usualMostDeaths = 5;
const withinMs = 60_000;
const firstPauseMs = 100;
/** Also the pause of a worker that is not given up only because there is no other. */
export const longestPauseMs = 10_000;
/** A worker that lived this long has proven itself. */
const provenMs = 30_000;

/** Pure but for what it is told: the deaths of one worker's place, and what follows from them. */
export class CrashRecord {
  readonly #mostDeaths: number;
  #deaths: number[] = [];
  #failures = 0;

  constructor(mostDeaths = usualMostDeaths) {
    this.#mostDeaths = mostDeaths;
  }

  /**
   * @param at when, ms
   * @param lived for how long it ran, ms; 0 when it could not be started
   */
  note(at: number, lived: number): void {
    this.#deaths = [...this.#deaths.filter((death) => death > at - withinMs), at];
    this.#failures = lived > provenMs ? 1 : this.#failures + 1;
  }

  /** Deaths in the last minute, at the last of them. */
  get deaths(): number {
    return this.#deaths.length;
  }

  get crashLoop(): boolean {
    return this.#deaths.length >= this.#mostDeaths;
  }

  /** Before it is started again, ms: at once the first time, then with a growing pause. */
  get pauseMs(): number {
    return this.#failures <= 1 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failures - 1));
  }
}
