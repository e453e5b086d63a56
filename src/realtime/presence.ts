import { CodedError, type Session } from '../contract/index.ts';
import { type Actor, isStaff, roleFor, scopeOfSession, viewerKeyOf } from '../domain/actor.ts';
import type { AudienceService } from '../domain/audience/service.ts';
import { type Speaker, speakerKeyOf, speakerOf } from '../domain/chat/speaker.ts';
import type { Log, Sealer } from '../domain/ports.ts';
import type { GuestService } from '../domain/stage/guests/service.ts';
import type { StageService } from '../domain/stage/service.ts';
import type { Connection, JoinedSession } from './connection.ts';
import type { FeedTails } from './feed-tails.ts';
import { companyRooms, rooms } from './rooms.ts';

export interface PresenceOptions {
  audience: AudienceService;
  stage: Pick<StageService, 'unsubscribe' | 'unpublish'>;
  guests: Pick<GuestService, 'meet' | 'unpublished'>;
  tails: FeedTails;
  index: Sealer['index'];
  log: Log;
}

/** The session as this connection joined it. @throws CodedError NOT_JOINED */
export function demandJoined(connection: Connection, sessionId: string): JoinedSession {
  const joined = connection.joined.get(sessionId);
  if (!joined) throw new CodedError('NOT_JOINED');
  return joined;
}

/** Where somebody is found in a session's room: staff together, a viewer by its key. */
const personalRoom = (actor: Actor, sessionId: string, speaker: Speaker): string =>
  isStaff(actor) ? rooms.staff(sessionId) : rooms.speaker(sessionId, speaker.key);

const isOpen = (session: Session) => session.status === 'scheduled' || session.status === 'live';

/** Brings connections into sessions and takes them out again, with all that hangs on it. */
export function createPresence({ audience, stage, guests, tails, index, log }: PresenceOptions) {
  /** A viewer's presence is a visit while the session is open; staff are not counted. */
  async function visit(actor: Actor, session: Session, connectionId: string, campus: string | null): Promise<string | null> {
    if (isStaff(actor) || !isOpen(session)) return null;
    return audience.join({ sessionId: session.id, connectionId, deviceId: actor.deviceId, accountId: actor.accountId, campus });
  }

  /** From now on staff can invite the viewer on stage; whoever signed in keeps a seat taken as a guest. */
  async function meet(actor: Actor, session: Session, speaker: Speaker): Promise<void> {
    if (isStaff(actor) || !isOpen(session)) return;
    const former = actor.accountId && actor.deviceId ? speakerKeyOf(`d:${actor.deviceId}`, session.id, index) : undefined;
    await guests.meet(session.id, speaker, viewerKeyOf(actor), former);
  }

  async function leave(connection: Connection, sessionId: string): Promise<void> {
    const joined = connection.joined.get(sessionId);
    connection.joined.delete(sessionId);
    tails.exit(sessionId, connection.id);
    // Each is tried whatever becomes of the others: a dead Redis must not keep a transport open.
    const left = await Promise.allSettled([
      audience.leave(sessionId, connection.id),
      stage.unsubscribe(sessionId, connection.id),
      joined?.publishing ? stage.unpublish(sessionId, connection.id) : undefined,
      joined?.publishing && !isStaff(connection.actor) ? guests.unpublished(sessionId, connection.id) : undefined,
      connection.exitRoom(rooms.session(sessionId)),
      joined ? connection.exitRoom(personalRoom(connection.actor, sessionId, joined.speaker)) : undefined,
      ...(joined?.companyIds ?? []).map((companyId) => connection.exitRoom(rooms.companyIn(companyId, sessionId))),
    ]);
    for (const part of left) if (part.status === 'rejected') log.error({ error: part.reason, sessionId }, 'a connection left only in part');
  }

  return {
    /** How the actor appears in a session. @throws CodedError FORBIDDEN for staff without a grant there */
    speaker(actor: Actor, session: Session): Speaker {
      const role = roleFor(actor, 'room.join', scopeOfSession(session));
      if (!role) throw new CodedError('FORBIDDEN');
      return speakerOf(actor, role, session.id, index);
    },

    /**
     * @throws CodedError NOT_JOINED when the connection closed meanwhile; nothing is left behind
     */
    async enter(connection: Connection, session: Session, speaker: Speaker, campus: string | null): Promise<JoinedSession> {
      const { actor, id } = connection;
      const before = connection.joined.get(session.id);
      const entered = await Promise.allSettled([
        visit(actor, session, id, campus),
        tails.enter(session.id, id),
        meet(actor, session, speaker),
      ]);
      const [visited] = entered;
      const failed = entered.find((part) => part.status === 'rejected');
      if (visited.status === 'rejected' || failed || connection.closed) {
        await leave(connection, session.id);
        throw failed ? failed.reason : new CodedError('NOT_JOINED');
      }
      const joined: JoinedSession = {
        sessionId: session.id,
        fairId: session.fairId,
        companyIds: session.companies.map((company) => company.id),
        campus,
        visitId: visited.value,
        speaker,
        publishing: before?.publishing ?? false,
      };
      connection.joined.set(session.id, joined);
      await connection.enterRooms([rooms.session(session.id), personalRoom(actor, session.id, speaker), ...companyRooms(actor, joined)]);
      return joined;
    },

    leave,

    /** The connection is gone, or the node stops: visits go into their grace. */
    async leaveAll(connection: Connection): Promise<void> {
      await Promise.all([...connection.joined.keys()].map((sessionId) => leave(connection, sessionId)));
    },

    /** The same connection is somebody else now: a guest signed in (rule V2). */
    async identify(connection: Connection, session: Session): Promise<void> {
      const joined = connection.joined.get(session.id);
      if (!joined) return;
      const before = joined.speaker;
      joined.speaker = this.speaker(connection.actor, session);
      await connection.exitRoom(rooms.speaker(session.id, before.key));
      await connection.enterRooms([rooms.speaker(session.id, joined.speaker.key)]);
      joined.visitId = await visit(connection.actor, session, connection.id, joined.campus);
      await meet(connection.actor, session, joined.speaker);
    },
  };
}
export type Presence = ReturnType<typeof createPresence>;
