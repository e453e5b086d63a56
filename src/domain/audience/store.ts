import type { ViewerKey } from '../../contract/index.ts';

/** Who enters: a guest has a device, an account usually both. */
export interface Arrival {
  sessionId: string;
  /** Unique over nodes; begins with the incarnation of the node that holds it. */
  connection: string;
  device: ViewerKey | null;
  account: ViewerKey | null;
  /** Code of a campus that exists in the fair, or null. */
  campus: string | null;
  /** Id to give a visit if this starts one. */
  newVisitId: string;
}

export type Joined = { outcome: 'started' | 'continued'; visitId: string } | { outcome: 'closed' } | { outcome: 'tooMany' };

export interface DeadNode {
  incarnation: string;
  lastBeatAt: number;
}

/** What presence needs of the state shared by all nodes. Every call is atomic; times are by the store's clock. */
export interface AudienceStore {
  join(arrival: Arrival): Promise<Joined>;
  leave(sessionId: string, connection: string): Promise<void>;
  /** Ends visits whose grace is over. */
  sweep(sessionId: string): Promise<number>;
  /** Ends all visits and admits no more. */
  close(sessionId: string): Promise<void>;
  /** The campus that last brought a viewer. */
  campusOf(sessionId: string, viewer: ViewerKey): Promise<string | null>;
  /** Sessions that may have visits to sweep. */
  activeSessions(): Promise<string[]>;
  /** @returns true when the incarnation was not known: new, or declared dead */
  beat(incarnation: string): Promise<boolean>;
  /** Declares nodes dead that were silent for `silenceMs`; answers all whose connections are not dropped yet. */
  bury(silenceMs: number): Promise<DeadNode[]>;
  drop(sessionId: string, node: DeadNode): Promise<void>;
  /** The connections of a dead node have been dropped everywhere. */
  forget(node: DeadNode): Promise<void>;
  /** A node that stops by itself: nothing is left to drop. */
  resign(incarnation: string): Promise<void>;
}
