import type { FeedEntry, Frame, RoomCounts, Snapshot } from '../contract/index.ts';

export interface FeedCursorOptions {
  /** Asks for what followed a sequence (room.catchUp). */
  catchUp: (lastSeq: number) => Promise<Snapshot['feed']>;
  /** Entries that follow on those given before, in order, each once. */
  onEntries: (entries: FeedEntry[]) => void;
  /** Start afresh: what was shown before no longer joins up with these. */
  onReset: (entries: FeedEntry[]) => void;
  onCounts: (counts: RoomCounts) => void;
}

export interface FeedCursor {
  /** The last sequence shown; undefined before the first join. Send it with the next join. */
  readonly lastSeq: number | undefined;
  /** Before every join: frames that arrive ahead of its answer are kept for {@link start}. */
  prepare(): void;
  /** With the answer to a join. */
  start(feed: Snapshot['feed'], counts: RoomCounts): void;
  apply(frame: Frame): void;
}

/** More waiting frames than this are not worth keeping: catching up is asked for again. */
const MAX_WAITING = 256;

/**
 * Follows a session's feed so that no entry is lost or shown twice, whatever
 * order joins, frames and catch-ups come in. A frame that does not follow on the
 * last entry makes it ask for what is missing; frames wait meanwhile.
 */
export function createFeedCursor({ catchUp, onEntries, onReset, onCounts }: FeedCursorOptions): FeedCursor {
  let lastSeq: number | undefined;
  let waiting: Frame[] | null = [];
  /** Tells an answer to an earlier join's catch-up from the present one's. */
  let generation = 0;

  function take(entries: FeedEntry[], to: number): void {
    const known = lastSeq ?? 0;
    const fresh = entries.filter((entry) => entry.seq > known);
    lastSeq = Math.max(known, to, fresh.at(-1)?.seq ?? 0);
    if (fresh.length > 0) onEntries(fresh);
  }

  function accept(feed: Snapshot['feed']): void {
    if (lastSeq !== undefined && feed.complete) {
      take(feed.entries, feed.lastSeq);
      return;
    }
    lastSeq = feed.lastSeq;
    onReset(feed.entries);
  }

  /** Shows the waiting frames, or asks for what is missing before the first that does not follow on. */
  function release(): void {
    const frames = (waiting ?? []).sort((a, b) => a.to - b.to);
    waiting = null;
    for (const [index, frame] of frames.entries()) {
      if (frame.from > (lastSeq ?? 0)) {
        void fill(frames.slice(index));
        return;
      }
      take(frame.entries, frame.to);
    }
  }

  async function fill(missed: Frame[]): Promise<void> {
    const mine = generation;
    waiting = missed;
    try {
      const feed = await catchUp(lastSeq ?? 0);
      if (mine !== generation) return;
      accept(feed);
      release();
    } catch {
      // The connection broke, or the session must be joined again: the next join or frame asks anew.
      if (mine === generation) waiting = null;
    }
  }

  return {
    get lastSeq() {
      return lastSeq;
    },
    prepare() {
      generation += 1;
      waiting = [];
    },
    start(feed, counts) {
      generation += 1;
      accept(feed);
      onCounts(counts);
      release();
    },
    apply(frame) {
      onCounts(frame.counts);
      if (waiting) {
        waiting.push(frame);
        if (waiting.length > MAX_WAITING) waiting.shift();
      } else if (frame.from > (lastSeq ?? 0)) void fill([frame]);
      else take(frame.entries, frame.to);
    },
  };
}
