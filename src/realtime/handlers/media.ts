import type { IceServersFor } from '../../domain/stage/ice-servers.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { EventHandlers } from '../event-handlers.ts';
import type { CallPresence } from '../stage/call-presence.ts';
import { demandOnStage, isOnStage } from '../stage/place.ts';

type MediaEvent = 'media.subscribe' | 'media.connect' | 'media.resume' | 'media.pause' | 'media.preferLayer' | 'media.restartIce';

export interface MediaHandlerOptions {
  stage: StageService;
  callPresence: Pick<CallPresence, 'subscribe'>;
  iceServersFor: IceServersFor;
}

/** Receiving: each participant is this connection, so nobody can touch another's transport. */
export function createMediaHandlers({ stage, callPresence, iceServersFor }: MediaHandlerOptions): EventHandlers<MediaEvent> {
  return {
    async 'media.subscribe'({ stageId, rtpCapabilities }, connection) {
      const place = demandOnStage(connection, stageId);
      const iceServers = iceServersFor(connection.id);
      if (place.in === 'call') return { ...(await callPresence.subscribe(connection, stageId, rtpCapabilities)).subscription, iceServers };
      const subscription = await stage.subscribe(stageId, connection.id, rtpCapabilities);
      // It may have left while the transport was being opened.
      if (!isOnStage(connection, stageId)) await stage.unsubscribe(stageId, connection.id);
      return { ...subscription, iceServers };
    },
    async 'media.connect'({ stageId, transportId, dtlsParameters }, connection) {
      demandOnStage(connection, stageId);
      await stage.connectSubscriber(stageId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'media.resume'({ stageId, consumerIds }, connection) {
      demandOnStage(connection, stageId);
      await stage.resume(stageId, connection.id, consumerIds);
      return {};
    },
    async 'media.pause'({ stageId, consumerIds }, connection) {
      demandOnStage(connection, stageId);
      await stage.pause(stageId, connection.id, consumerIds);
      return {};
    },
    async 'media.preferLayer'({ stageId, consumerId, spatialLayer, temporalLayer }, connection) {
      demandOnStage(connection, stageId);
      await stage.preferLayer(stageId, connection.id, consumerId, spatialLayer, temporalLayer);
      return {};
    },
    async 'media.restartIce'({ stageId, transportId }, connection) {
      demandOnStage(connection, stageId);
      const iceParameters = await stage.restartIce(stageId, connection.id, transportId);
      return { iceParameters, iceServers: iceServersFor(connection.id) };
    },
  };
}
