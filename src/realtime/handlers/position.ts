import { CodedError, type Position, type Session } from '../../contract/index.ts';
import { type Actor, authorize, isStaff, scopeOfSession, viewerKeyOf } from '../../domain/actor.ts';
import type { DemandAllowance } from '../../domain/allowance.ts';
import type { FeedStore } from '../../domain/feed/store.ts';
import type { FactStore } from '../../domain/funnel/store.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOpenSession, type SessionLookup } from '../open-session.ts';
import { demandJoined } from '../presence.ts';

export interface PositionHandlerOptions {
  sessions: SessionLookup;
  positions: {
    find(positionId: string): Promise<Position | null>;
    /** @throws CodedError NOT_FOUND, POSITION_CLOSED, POSITION_INCOMPLETE */
    demandOpen(positionId: string): Promise<Position>;
  };
  feed: Pick<FeedStore, 'append'>;
  facts: Pick<FactStore, 'openPosition' | 'record'>;
  demandAllowance: DemandAllowance;
}

/** Cards one viewer may open in one session: every opening counts, and is kept in the ledger (rule P1). */
const ALLOWED = { limit: 60, windowMs: 60_000 };

/** What a retry is bound to: the device, which stays through a sign-in, else the account. */
const retryKeyOf = (actor: Actor) => (actor.deviceId ? `d:${actor.deviceId}` : viewerKeyOf(actor));

export function createPositionHandlers(options: PositionHandlerOptions): EventHandlers<'position.open' | 'position.pin'> {
  const { sessions, positions, feed, facts, demandAllowance } = options;

  const isOf = (position: Position, session: Session) => session.companies.some((company) => company.id === position.companyId);

  async function demandPinnable(positionId: string, session: Session): Promise<Position> {
    const position = await positions.find(positionId);
    if (!position || !isOf(position, session)) throw new CodedError('POSITION_ELSEWHERE');
    return positions.demandOpen(positionId);
  }

  return {
    /** Rule P1. Staff may look at a card; that is no view. */
    async 'position.open'({ sessionId, positionId, onceId }, connection) {
      const { actor } = connection;
      demandJoined(connection, sessionId);
      const session = await demandOpenSession(sessions, sessionId);
      if (session.status !== 'live') throw new CodedError('SESSION_NOT_LIVE');
      const position = await positions.find(positionId);
      if (!position || !isOf(position, session) || position.status === 'draft') throw new CodedError('POSITION_ELSEWHERE');
      if (isStaff(actor)) return {};
      const viewer = viewerKeyOf(actor);
      await demandAllowance({ ...ALLOWED, key: `cards:${sessionId}:${viewer}` });
      const counted = await facts.openPosition({
        sessionId,
        viewer,
        retryKey: retryKeyOf(actor),
        onceId,
        positionId,
      });
      if (counted === 'closed') throw new CodedError('SESSION_ENDED');
      return {};
    },

    async 'position.pin'({ sessionId, positionId }, connection) {
      demandJoined(connection, sessionId);
      const session = await demandOpenSession(sessions, sessionId);
      authorize(connection.actor, 'position.pin', scopeOfSession(session));
      const position = positionId === null ? null : await demandPinnable(positionId, session);
      if (position) authorize(connection.actor, 'position.pin', { ...scopeOfSession(session), companyIds: [position.companyId] });
      const appended = await feed.append(sessionId, { type: 'pin', position }, { whileOpen: true });
      if (appended.outcome === 'ended') throw new CodedError('SESSION_ENDED');
      if (appended.outcome === 'appended') {
        // Named after the feed's sequence, so that one pin is one fact.
        await facts.record({
          id: `position.pinned:${appended.seq}`,
          subjectId: sessionId,
          at: appended.at,
          fact: { type: 'position.pinned', positionId },
        });
      }
      return { seq: appended.seq };
    },
  };
}
