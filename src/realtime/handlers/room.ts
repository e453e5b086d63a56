import { CodedError, type RoomEntrance, type Session, type Snapshot } from '../../contract/index.ts';
import type { FeedStore } from '../../domain/feed/store.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { GuestService } from '../../domain/stage/guests/service.ts';
import type { IceServersFor } from '../../domain/stage/ice-servers.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection } from '../connection.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandJoined, type Presence } from '../presence.ts';

export interface RoomHandlerOptions {
  sessions: { find(sessionId: string): Promise<Session | null> };
  /** The campus code if the fair has it, else null. */
  campusCode: (fairId: string, code: string) => Promise<string | null>;
  presence: Presence;
  feed: FeedStore;
  stage: Pick<StageService, 'subscribe'>;
  guests: Pick<GuestService, 'look'>;
  iceServersFor: IceServersFor;
  clock: Clock;
  log: Log;
}

/** Sessions one connection may be in at once. */
const MOST_SESSIONS = 8;
type Capabilities = RoomEntrance['routerRtpCapabilities'];

export function createRoomHandlers(options: RoomHandlerOptions): EventHandlers<'room.join' | 'room.leave' | 'room.catchUp'> {
  const { sessions, campusCode, presence, feed, stage, guests, iceServersFor, clock, log } = options;

  /** Without media the room still has its text and cards: a failure here never fails the join. */
  async function media(sessionId: string, connection: Connection, capabilities: Capabilities | undefined): Promise<Snapshot['media']> {
    if (!capabilities) return null;
    try {
      return { iceServers: iceServersFor(connection.id), subscription: await stage.subscribe(sessionId, connection.id, capabilities) };
    } catch (error) {
      log.warn({ error, sessionId }, 'a join was answered without media');
      return null;
    }
  }

  return {
    async 'room.join'({ sessionId, campus, lastSeq, rtpCapabilities }, connection) {
      const session = await sessions.find(sessionId);
      if (!session) throw new CodedError('NOT_FOUND');
      const speaker = presence.speaker(connection.actor, session);
      if (connection.joined.size >= MOST_SESSIONS && !connection.joined.has(sessionId)) throw new CodedError('OVERLOADED');
      const from = campus ? await campusCode(session.fairId, campus) : null;
      await presence.enter(connection, session, speaker, from);
      const [received, onStage, part, state, counts] = await Promise.all([
        media(sessionId, connection, session.status === 'scheduled' || session.status === 'live' ? rtpCapabilities : undefined),
        guests.look(sessionId, speaker.key),
        feed.after(sessionId, lastSeq),
        feed.state(sessionId),
        feed.counts(sessionId),
      ]);
      if (connection.closed) await presence.leave(connection, sessionId);
      return {
        session,
        self: speaker,
        pinned: state.pinned,
        // Where the stage itself answered it is asked: the feed remembers a stage that died with its node.
        publishing: received ? received.subscription.consumers.some(({ seat }) => seat === 'lead') : state.publishing,
        ...onStage,
        counts,
        feed: part,
        media: received,
        serverTime: clock(),
      };
    },

    async 'room.leave'({ sessionId }, connection) {
      demandJoined(connection, sessionId);
      await presence.leave(connection, sessionId);
      return {};
    },

    async 'room.catchUp'({ sessionId, lastSeq }, connection) {
      demandJoined(connection, sessionId);
      return feed.after(sessionId, lastSeq);
    },
  };
}
