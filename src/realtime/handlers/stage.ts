import { CodedError } from '../../contract/index.ts';
import { authorize, isStaff, scopeOfSession, viewerKeyOf } from '../../domain/actor.ts';
import type { IceServersFor } from '../../domain/stage/ice-servers.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection, JoinedSession } from '../connection.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOpenSession, type SessionLookup } from '../open-session.ts';
import { demandJoined } from '../presence.ts';

export interface StageHandlerOptions {
  sessions: SessionLookup;
  stage: StageService;
  iceServersFor: IceServersFor;
}

type StageEvent = 'stage.publish' | 'stage.connect' | 'stage.produce' | 'stage.pause' | 'stage.closeProducer' | 'stage.leave';

/** Sending: only by a recruiter whose grant covers the session, before its end. */
export function createStageHandlers({ sessions, stage, iceServersFor }: StageHandlerOptions): EventHandlers<StageEvent> {
  async function demandStage(connection: Connection, sessionId: string): Promise<JoinedSession> {
    const joined = demandJoined(connection, sessionId);
    if (!isStaff(connection.actor)) throw new CodedError('NOT_INVITED');
    authorize(connection.actor, 'stage.publish', scopeOfSession(await demandOpenSession(sessions, sessionId)));
    return joined;
  }

  return {
    async 'stage.publish'({ stageId }, connection) {
      const joined = await demandStage(connection, stageId);
      joined.publishing = true;
      const transport = await stage.publish(stageId, connection.id, { owner: viewerKeyOf(connection.actor) });
      // It may have left while the transport was being opened.
      if (connection.closed || !connection.joined.has(stageId)) await stage.unpublish(stageId, connection.id);
      return { transport, iceServers: iceServersFor(connection.id), seat: 'lead' };
    },
    async 'stage.connect'({ stageId, transportId, dtlsParameters }, connection) {
      await demandStage(connection, stageId);
      await stage.connectPublisher(stageId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'stage.produce'({ stageId, ...options }, connection) {
      await demandStage(connection, stageId);
      return stage.produce(stageId, connection.id, options);
    },
    async 'stage.pause'({ stageId, producerId, paused }, connection) {
      await demandStage(connection, stageId);
      await stage.pauseProducer(stageId, connection.id, producerId, paused);
      return {};
    },
    async 'stage.closeProducer'({ stageId, producerId }, connection) {
      demandJoined(connection, stageId);
      await stage.closeProducer(stageId, connection.id, producerId);
      return {};
    },
    async 'stage.leave'({ stageId }, connection) {
      const joined = demandJoined(connection, stageId);
      await stage.unpublish(stageId, connection.id);
      joined.publishing = false;
      return {};
    },
  };
}
