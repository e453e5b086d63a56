import { CodedError } from '../../contract/index.ts';
import { authorize, scopeOfSession } from '../../domain/actor.ts';
import type { GuestService } from '../../domain/stage/guests/service.ts';
import type { StageHealthService } from '../../domain/stage/health.ts';
import type { Connection } from '../connection.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOpenSession, type SessionLookup } from '../open-session.ts';
import { demandJoined } from '../presence.ts';

export interface GuestHandlerOptions {
  sessions: SessionLookup;
  guests: GuestService;
  stageHealth: Pick<StageHealthService, 'read'>;
}

type GuestEvent = 'stage.invite' | 'stage.answer' | 'stage.remove' | 'stage.mute' | 'stage.invitations' | 'stage.health';

/** Who may come on stage (連麥), and how the stage is received: for staff whose grant covers the session, and the viewers they ask. */
export function createGuestHandlers({ sessions, guests, stageHealth }: GuestHandlerOptions): EventHandlers<GuestEvent> {
  /** @throws CodedError NOT_JOINED, FORBIDDEN */
  function demandStaff(connection: Connection, sessionId: string, action: 'stage.invite' | 'stage.read'): void {
    const { fairId, companyIds } = demandJoined(connection, sessionId);
    authorize(connection.actor, action, { fairId, companyIds, sessionId });
  }

  return {
    async 'stage.invite'({ sessionId, key }, connection) {
      demandJoined(connection, sessionId);
      const session = await demandOpenSession(sessions, sessionId);
      authorize(connection.actor, 'stage.invite', scopeOfSession(session));
      if (session.status !== 'live') throw new CodedError('SESSION_NOT_LIVE');
      return { invitation: await guests.invite(sessionId, key, connection.actor.name) };
    },
    async 'stage.answer'({ sessionId, invitationId, accept }, connection) {
      const { speaker } = demandJoined(connection, sessionId);
      await demandOpenSession(sessions, sessionId);
      await guests.answer(sessionId, speaker.key, invitationId, accept, connection.id);
      return {};
    },
    async 'stage.remove'({ sessionId, key }, connection) {
      demandStaff(connection, sessionId, 'stage.invite');
      await guests.remove(sessionId, key);
      return {};
    },
    async 'stage.mute'({ sessionId, key, muted }, connection) {
      demandStaff(connection, sessionId, 'stage.invite');
      await guests.mute(sessionId, key, muted);
      return {};
    },
    async 'stage.invitations'({ sessionId }, connection) {
      demandStaff(connection, sessionId, 'stage.invite');
      return { invitations: await guests.invitations(sessionId), limit: guests.limit };
    },
    async 'stage.health'({ sessionId }, connection) {
      demandStaff(connection, sessionId, 'stage.read');
      return stageHealth.read(sessionId);
    },
  };
}
