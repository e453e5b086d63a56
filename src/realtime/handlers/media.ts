import type { StageService } from '../../domain/stage/service.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandJoined } from '../presence.ts';

type MediaEvent = 'media.subscribe' | 'media.connect' | 'media.resume' | 'media.pause' | 'media.preferLayer' | 'media.restartIce';

/** Receiving: each participant is this connection, so nobody can touch another's transport. */
export function createMediaHandlers({ stage }: { stage: StageService }): EventHandlers<MediaEvent> {
  return {
    async 'media.subscribe'({ sessionId, rtpCapabilities }, connection) {
      demandJoined(connection, sessionId);
      const subscription = await stage.subscribe(sessionId, connection.id, rtpCapabilities);
      // It may have left while the transport was being opened.
      if (connection.closed || !connection.joined.has(sessionId)) await stage.unsubscribe(sessionId, connection.id);
      return subscription;
    },
    async 'media.connect'({ sessionId, transportId, dtlsParameters }, connection) {
      demandJoined(connection, sessionId);
      await stage.connectSubscriber(sessionId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'media.resume'({ sessionId, consumerIds }, connection) {
      demandJoined(connection, sessionId);
      await stage.resume(sessionId, connection.id, consumerIds);
      return {};
    },
    async 'media.pause'({ sessionId, consumerIds }, connection) {
      demandJoined(connection, sessionId);
      await stage.pause(sessionId, connection.id, consumerIds);
      return {};
    },
    async 'media.preferLayer'({ sessionId, consumerId, spatialLayer }, connection) {
      demandJoined(connection, sessionId);
      await stage.preferLayer(sessionId, connection.id, consumerId, spatialLayer);
      return {};
    },
    async 'media.restartIce'({ sessionId, transportId }, connection) {
      demandJoined(connection, sessionId);
      return { iceParameters: await stage.restartIce(sessionId, connection.id, transportId) };
    },
  };
}
