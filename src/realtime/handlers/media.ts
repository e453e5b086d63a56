import type { StageService } from '../../domain/stage/service.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandJoined } from '../presence.ts';

type MediaEvent = 'media.subscribe' | 'media.connect' | 'media.resume' | 'media.pause' | 'media.preferLayer' | 'media.restartIce';

/** Receiving: each participant is this connection, so nobody can touch another's transport. */
export function createMediaHandlers({ stage }: { stage: StageService }): EventHandlers<MediaEvent> {
  return {
    async 'media.subscribe'({ stageId, rtpCapabilities }, connection) {
      demandJoined(connection, stageId);
      const subscription = await stage.subscribe(stageId, connection.id, rtpCapabilities);
      // It may have left while the transport was being opened.
      if (connection.closed || !connection.joined.has(stageId)) await stage.unsubscribe(stageId, connection.id);
      return subscription;
    },
    async 'media.connect'({ stageId, transportId, dtlsParameters }, connection) {
      demandJoined(connection, stageId);
      await stage.connectSubscriber(stageId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'media.resume'({ stageId, consumerIds }, connection) {
      demandJoined(connection, stageId);
      await stage.resume(stageId, connection.id, consumerIds);
      return {};
    },
    async 'media.pause'({ stageId, consumerIds }, connection) {
      demandJoined(connection, stageId);
      await stage.pause(stageId, connection.id, consumerIds);
      return {};
    },
    async 'media.preferLayer'({ stageId, consumerId, spatialLayer }, connection) {
      demandJoined(connection, stageId);
      await stage.preferLayer(stageId, connection.id, consumerId, spatialLayer);
      return {};
    },
    async 'media.restartIce'({ stageId, transportId }, connection) {
      demandJoined(connection, stageId);
      return { iceParameters: await stage.restartIce(stageId, connection.id, transportId) };
    },
  };
}
