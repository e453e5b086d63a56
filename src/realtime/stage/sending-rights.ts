import { CodedError, type MediaSource, type Seat } from '../../contract/index.ts';
import { authorize, isStaff, scopeOfSession, viewerKeyOf } from '../../domain/actor.ts';
import type { GuestService } from '../../domain/stage/guests/service.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection, JoinedCall, JoinedSession } from '../connection.ts';
import { demandOpenSession, type SessionLookup } from '../open-session.ts';
import type { CallPresence } from './call-presence.ts';
import { demandOnStage } from './place.ts';

/** By what right a connection sends on a stage, and what else happens when it does. */
export interface SendingRight {
  seat: Seat;
  options: Parameters<StageService['publish']>[2];
  sources: readonly MediaSource[];
  /** There may be a transport to close when the connection goes. */
  joined: { publishing: boolean };
  /** It begins to send anew. */
  begin(): void;
  /** The transport is open. @throws CodedError when the right is gone meanwhile */
  opened(): Promise<unknown>;
  /** @throws CodedError when the right is gone meanwhile */
  produced(source: MediaSource, producerId: string): Promise<unknown>;
  pause(producerId: string, paused: boolean): Promise<void>;
}

export interface SendingRightOptions {
  sessions: SessionLookup;
  stage: Pick<StageService, 'pauseProducer'>;
  guests: Pick<GuestService, 'demandSeat' | 'beginning' | 'published' | 'microphoneOn' | 'pause' | 'limit'>;
  callPresence: Pick<CallPresence, 'demandOpen'>;
}

const ofLead: readonly MediaSource[] = ['camera', 'microphone', 'screen', 'screen-audio', 'second-camera'];
const ofGuest: readonly MediaSource[] = ['camera', 'microphone'];
const inCall: readonly MediaSource[] = ['camera', 'microphone', 'screen', 'screen-audio'];
/** The viewer and the recruiter. */
const SIDES = 2;

export function createSendingRights({ sessions, stage, guests, callPresence }: SendingRightOptions) {
  /** A recruiter whose grant covers the session leads its stage. */
  function lead(connection: Connection, joined: JoinedSession): SendingRight {
    return {
      seat: 'lead',
      options: { seat: 'lead', owner: viewerKeyOf(connection.actor) },
      sources: ofLead,
      joined,
      begin: () => undefined,
      opened: async () => undefined,
      produced: async () => undefined,
      pause: (producerId, paused) => stage.pauseProducer(joined.sessionId, connection.id, producerId, paused),
    };
  }

  /** A viewer who accepted an invitation has a seat. */
  async function guest({ id }: Connection, joined: JoinedSession): Promise<SendingRight> {
    const { sessionId, speaker } = joined;
    const seat = await guests.demandSeat(sessionId, speaker.key, id);
    return {
      seat: 'guest',
      // The seat stays through a sign-in, which changes the viewer's key.
      options: { seat: 'guest', owner: `seat:${seat.id}`, guests: guests.limit },
      sources: ofGuest,
      joined,
      begin: () => guests.beginning(id),
      opened: () => guests.published(sessionId, seat.id, id),
      produced: async (source, producerId) => source === 'microphone' && guests.microphoneOn(sessionId, id, producerId),
      pause: (producerId, paused) => guests.pause(sessionId, id, producerId, paused),
    };
  }

  /** Both sides of a call sit in guest seats: neither leads. */
  async function party(connection: Connection, joined: JoinedCall): Promise<SendingRight> {
    const confirm = () => callPresence.demandOpen(connection, joined.callId);
    await confirm();
    return {
      seat: 'guest',
      options: { seat: 'guest', owner: `a:${joined.accountId}`, guests: SIDES },
      sources: inCall,
      joined,
      begin: () => undefined,
      opened: confirm,
      produced: confirm,
      pause: (producerId, paused) => stage.pauseProducer(joined.callId, connection.id, producerId, paused),
    };
  }

  /** @throws CodedError NOT_JOINED, NOT_INVITED, SESSION_ENDED, CALL_ENDED, FORBIDDEN */
  return async (connection: Connection, stageId: string): Promise<SendingRight> => {
    const place = demandOnStage(connection, stageId);
    if (place.in === 'call') return party(connection, place.joined);
    const session = await demandOpenSession(sessions, stageId);
    if (!isStaff(connection.actor)) return guest(connection, place.joined);
    authorize(connection.actor, 'stage.publish', scopeOfSession(session));
    return lead(connection, place.joined);
  };
}
export type DemandSendingRight = ReturnType<typeof createSendingRights>;

/** @throws CodedError BAD_INPUT */
export function demandSource({ sources }: SendingRight, source: MediaSource): void {
  if (sources.includes(source)) return;
  throw new CodedError('BAD_INPUT', { issues: [{ path: 'source', message: `one of ${sources.join(', ')}` }] });
}
