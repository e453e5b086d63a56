import type { ServerEventName, ServerEventPayload } from '../contract/index.ts';
import type { Actor } from '../domain/actor.ts';

/** One socket.io socket as handlers see it. */
export interface Connection {
  /** Unique over all nodes and restarts. */
  readonly id: string;
  /** Replaced by auth.renew. */
  actor: Actor;
  /** Sessions joined by this connection, with what the room knows of it there. */
  readonly joined: Map<string, JoinedSession>;
  /** What the client's user agent suggests. */
  readonly device: 'phone' | 'computer';
  send<E extends ServerEventName>(event: E, payload: ServerEventPayload<E>): void;
}

export interface JoinedSession {
  sessionId: string;
  fairId: string;
  companyIds: readonly string[];
  campus: string | null;
  /** null for staff, whose presence is not a visit. */
  visitId: string | null;
  speaker: { key: string; name: string; role: Actor['role'] };
}
