import { CodedError, type MediaSource, type Seat } from '../contract/index.ts';
import { authorize, isStaff, scopeOfSession, viewerKeyOf } from '../domain/actor.ts';
import type { GuestService } from '../domain/stage/guests.ts';
import type { StageService } from '../domain/stage/service.ts';
import type { Connection, JoinedSession } from './connection.ts';
import { demandOnStage } from './on-stage.ts';
import { demandOpenSession, type SessionLookup } from './open-session.ts';

/** By what right a connection sends on a stage, and what else happens when it does. */
export interface SendingRight {
  seat: Seat;
  options: Parameters<StageService['publish']>[2];
  sources: readonly MediaSource[];
  /** There may be a transport to close when the connection goes. */
  joined: { publishing: boolean };
  /** The transport is open. @returns false when the right is gone meanwhile */
  opened(): Promise<boolean>;
  /** @returns false when the right is gone meanwhile */
  produced(source: MediaSource, producerId: string): Promise<boolean>;
  pause(producerId: string, paused: boolean): Promise<void>;
}

export interface SendingRightOptions {
  sessions: SessionLookup;
  stage: Pick<StageService, 'pauseProducer'>;
  guests: Pick<GuestService, 'demandSeat' | 'published' | 'microphoneOn' | 'pause' | 'limit'>;
}

const ofLead: readonly MediaSource[] = ['camera', 'microphone', 'screen', 'screen-audio', 'second-camera'];
const ofGuest: readonly MediaSource[] = ['camera', 'microphone'];

export function createSendingRights({ sessions, stage, guests }: SendingRightOptions) {
  /** A recruiter whose grant covers the session leads its stage. */
  function lead(connection: Connection, joined: JoinedSession): SendingRight {
    return {
      seat: 'lead',
      options: { seat: 'lead', owner: viewerKeyOf(connection.actor) },
      sources: ofLead,
      joined,
      opened: async () => true,
      produced: async () => true,
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
      opened: () => guests.published(sessionId, seat.id, id),
      produced: async (source, producerId) => source !== 'microphone' || guests.microphoneOn(sessionId, id, producerId),
      pause: (producerId, paused) => guests.pause(sessionId, id, producerId, paused),
    };
  }

  /** @throws CodedError NOT_JOINED, NOT_INVITED, SESSION_ENDED, FORBIDDEN */
  return async (connection: Connection, stageId: string): Promise<SendingRight> => {
    const joined = demandOnStage(connection, stageId);
    const session = await demandOpenSession(sessions, stageId);
    if (!isStaff(connection.actor)) return guest(connection, joined);
    authorize(connection.actor, 'stage.publish', scopeOfSession(session));
    return lead(connection, joined);
  };
}
export type DemandSendingRight = ReturnType<typeof createSendingRights>;

/** @throws CodedError BAD_INPUT */
export function demandSource({ sources }: SendingRight, source: MediaSource): void {
  if (sources.includes(source)) return;
  throw new CodedError('BAD_INPUT', { issues: [{ path: 'source', message: `one of ${sources.join(', ')}` }] });
}
