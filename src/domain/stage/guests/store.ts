import type { FeedBody, StageGuest, StageInvitation, ViewerKey } from '../../../contract/index.ts';

/** An invitation that is not answered yet. */
export interface OpenInvitation extends StageInvitation {
  viewer: ViewerKey;
}

/** A guest's place on stage. */
export interface StageSeat {
  /** The invitation's, and the owner of what the guest sends. */
  id: string;
  key: string;
  name: string;
  viewer: ViewerKey;
  invitedBy: string;
  /** When the invitation would have expired. */
  expiresAt: number;
  /** The connection that sends, or null. */
  publisherId: string | null;
  /** Its microphone's producer, or null. */
  microphone: string | null;
  /** The microphone is off, by whoever. */
  silent: boolean;
  /** Staff turned it off: the guest cannot turn it on. */
  held: boolean;
  /** Since when the connection that sends is gone without having said so (its node died), or null. */
  missingSince: number | null;
}

/** Who is on a session's stage as a guest, and who is asked to come. */
export interface GuestBook {
  seats: StageSeat[];
  invitations: OpenInvitation[];
}

/** Somebody in the room whose visit is open. */
export interface PresentViewer {
  viewer: ViewerKey;
  name: string;
  /** Ids of the connections through which the viewer is present; empty within the grace (rule V1). */
  connections: readonly string[];
}

/** What a change is decided on; nothing of it changes before the change is kept. */
export interface StageSituation {
  /** By the store's clock, ms. */
  now: number;
  /** The session has ended. */
  ended: boolean;
  book: GuestBook;
  /** The viewer of a speaker's key; null when it is not in the room. Known for whoever is in the book and for the keys asked for. */
  present(key: string): PresentViewer | null;
}

export interface GuestDecision<T> {
  /** null: nothing changes. */
  book: GuestBook | null;
  /** Appended to the feed in the same step. */
  told: readonly (FeedBody & { type: 'guest'; guest: StageGuest })[];
  result: T;
}

/** What guests on stage need of the state shared by all nodes. */
export interface GuestStore {
  /** A viewer is in the room under a speaker's key. */
  meet(sessionId: string, speaker: { key: string; name: string; viewer: ViewerKey }): Promise<void>;
  /** Nobody can be invited any more: who was met is forgotten. */
  forget(sessionId: string): Promise<void>;
  read(sessionId: string): Promise<{ now: number; book: GuestBook }>;
  /**
   * Decides on what is so and keeps the decision, or decides again when it was not so any more. Atomic with the feed.
   * @throws what `decide` throws; nothing has changed then
   * @throws CodedError OVERLOADED when others kept changing it
   */
  change<T>(sessionId: string, keys: readonly string[], decide: (situation: StageSituation) => GuestDecision<T>): Promise<T>;
}
