import type { FeedBody, FeedEntry, Position, RoomCounts, SessionStatus } from '../../contract/index.ts';

export interface AppendOptions {
  /** What makes a repetition the same entry: the speaker and the client's message id. */
  once?: string;
  /** An ended session refuses it. */
  whileOpen?: boolean;
}

export type Appended = { outcome: 'appended' | 'unchanged'; seq: number; at: number } | { outcome: 'ended' };

export interface FeedState {
  seq: number;
  pinned: Position | null;
  publishing: boolean;
  session: SessionStatus | null;
}

export interface FeedPart {
  entries: FeedEntry[];
  /** The last sequence of the feed when it was read. */
  lastSeq: number;
  /** Whether the entries follow on from what was asked for. */
  complete: boolean;
}

/** What everybody in a room sees, in one numbered order over all nodes. */
export interface FeedStore {
  /** Appends an entry; a pin, stage or session entry that changes nothing is not appended again. */
  append(sessionId: string, body: FeedBody, options?: AppendOptions): Promise<Appended>;
  /** What came after `lastSeq`; without it the newest entries. */
  after(sessionId: string, lastSeq: number | undefined): Promise<FeedPart>;
  state(sessionId: string): Promise<FeedState>;
  counts(sessionId: string): Promise<RoomCounts>;
}

/** Waits for news of one feed on a connection of its own. */
export interface FeedFollower {
  /**
   * The entries after `seq`, waiting up to `waitMs` for the first.
   * @throws when the store is out of reach; asking again goes on without a gap
   */
  next(seq: number, waitMs: number): Promise<FeedEntry[]>;
  close(): void;
}
export type FollowFeed = (sessionId: string) => FeedFollower;
