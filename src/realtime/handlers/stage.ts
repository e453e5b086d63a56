import type { Snapshot } from '../../contract/index.ts';
import { authorize, scopeOfSession, viewerKeyOf } from '../../domain/actor.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection, JoinedSession } from '../connection.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOpenSession, type SessionLookup } from '../open-session.ts';
import { demandJoined } from '../presence.ts';

export interface StageHandlerOptions {
  sessions: SessionLookup;
  stage: StageService;
  iceServers: NonNullable<Snapshot['media']>['iceServers'];
}

type StageEvent = 'stage.publish' | 'stage.connect' | 'stage.produce' | 'stage.closeProducer' | 'stage.leave';

/** Sending: only by a recruiter whose grant covers the session, before its end. */
export function createStageHandlers({ sessions, stage, iceServers }: StageHandlerOptions): EventHandlers<StageEvent> {
  async function demandStage(connection: Connection, sessionId: string): Promise<JoinedSession> {
    const joined = demandJoined(connection, sessionId);
    authorize(connection.actor, 'stage.publish', scopeOfSession(await demandOpenSession(sessions, sessionId)));
    return joined;
  }

  return {
    async 'stage.publish'({ sessionId }, connection) {
      const joined = await demandStage(connection, sessionId);
      joined.publishing = true;
      const transport = await stage.publish(sessionId, connection.id, { owner: viewerKeyOf(connection.actor) });
      // It may have left while the transport was being opened.
      if (connection.closed || !connection.joined.has(sessionId)) await stage.unpublish(sessionId, connection.id);
      return { transport, iceServers };
    },
    async 'stage.connect'({ sessionId, transportId, dtlsParameters }, connection) {
      await demandStage(connection, sessionId);
      await stage.connectPublisher(sessionId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'stage.produce'({ sessionId, ...options }, connection) {
      await demandStage(connection, sessionId);
      return stage.produce(sessionId, connection.id, options);
    },
    async 'stage.closeProducer'({ sessionId, producerId }, connection) {
      demandJoined(connection, sessionId);
      await stage.closeProducer(sessionId, connection.id, producerId);
      return {};
    },
    async 'stage.leave'({ sessionId }, connection) {
      const joined = demandJoined(connection, sessionId);
      await stage.unpublish(sessionId, connection.id);
      joined.publishing = false;
      return {};
    },
  };
}
