import type { MediaPlane, PublishOptions } from '../../../media/types.ts';
import type { ConditionReason, ConsumerOptions, EventPayload, StageCondition, Subscription } from '../../contract/index.ts';
import type { Log } from '../ports.ts';
import { coded } from './refusals.ts';

type RtpCapabilities = EventPayload<'media.subscribe'>['rtpCapabilities'];
type DtlsParameters = EventPayload<'media.connect'>['dtlsParameters'];
type Produce = Omit<EventPayload<'stage.produce'>, 'stageId'>;
/** The contract checks the shape of media parameters; their types in the plane say more, which the plane itself checks. */
type PlaneCapabilities = Parameters<MediaPlane['subscribe']>[2];
type PlaneProduce = Parameters<MediaPlane['produce']>[2];

/** What participants are told; each is called with the id of the connection it concerns. */
export interface StageListener {
  consumerAdded(stageId: string, connectionId: string, consumer: ConsumerOptions): void;
  consumerClosed(stageId: string, connectionId: string, consumerId: string): void;
  /** It should ask for media again. */
  subscriberLost(stageId: string, connectionId: string): void;
  /** It should publish again; after `replaced` another connection or encoder of the same person sends, and it must not. */
  publisherLost(stageId: string, connectionId: string, replaced: boolean): void;
  /** A lead began to send, or none does any more. */
  publishing(stageId: string, publishing: boolean): void;
  /** A stage is received better or worse than before. */
  condition(stageId: string, condition: StageCondition, reasons: ConditionReason[]): void;
}

/**
 * The media of sessions and calls as rooms know them: a session's or a call's id
 * is the stage's, connections are its participants, refusals have codes.
 */
export function createStageService({ plane, log }: { plane: MediaPlane; log: Log }) {
  /** Leaving never fails for the one who leaves; what is left behind is logged. */
  async function quietly(work: Promise<void>, stageId: string): Promise<void> {
    await work.catch((error) => log.warn({ error, stageId }, 'a participant could not be taken off the stage'));
  }

  return {
    listen(listener: StageListener): void {
      plane.on('consumerAdded', ({ stageId, subscriberId, consumer }) =>
        listener.consumerAdded(stageId, subscriberId, consumer as ConsumerOptions),
      );
      plane.on('consumerClosed', ({ stageId, subscriberId, consumerId }) => listener.consumerClosed(stageId, subscriberId, consumerId));
      plane.on('subscriberLost', ({ stageId, subscriberId }) => listener.subscriberLost(stageId, subscriberId));
      plane.on('publisherLost', ({ stageId, publisherId, reason }) => listener.publisherLost(stageId, publisherId, reason === 'replaced'));
      plane.on('publishing', ({ stageId, publishing }) => listener.publishing(stageId, publishing));
      plane.on('stageCondition', ({ stageId, condition, reasons }) => listener.condition(stageId, condition, reasons));
    },
    subscribe: async (stageId: string, connectionId: string, capabilities: RtpCapabilities): Promise<Subscription> =>
      (await coded(plane.subscribe(stageId, connectionId, capabilities as PlaneCapabilities))) as Subscription,
    connectSubscriber: (stageId: string, connectionId: string, transportId: string, dtls: DtlsParameters) =>
      coded(plane.connectSubscriber(stageId, connectionId, transportId, dtls)),
    resume: (stageId: string, connectionId: string, consumerIds: string[]) => coded(plane.resume(stageId, connectionId, consumerIds)),
    pause: (stageId: string, connectionId: string, consumerIds: string[]) => coded(plane.pause(stageId, connectionId, consumerIds)),
    preferLayer: (stageId: string, connectionId: string, consumerId: string, spatialLayer: number, temporalLayer?: number) =>
      coded(plane.preferLayer(stageId, connectionId, consumerId, spatialLayer, temporalLayer)),
    restartIce: (stageId: string, connectionId: string, transportId: string) => coded(plane.restartIce(stageId, connectionId, transportId)),
    unsubscribe: (stageId: string, connectionId: string) => quietly(plane.unsubscribe(stageId, connectionId), stageId),
    /** @param options.owner who stands behind it: its new connection takes over from its old one */
    publish: (stageId: string, connectionId: string, options: PublishOptions) => coded(plane.publish(stageId, connectionId, options)),
    connectPublisher: (stageId: string, connectionId: string, transportId: string, dtls: DtlsParameters) =>
      coded(plane.connectPublisher(stageId, connectionId, transportId, dtls)),
    produce: (stageId: string, connectionId: string, options: Produce) =>
      coded(plane.produce(stageId, connectionId, options as PlaneProduce)),
    pauseProducer: (stageId: string, connectionId: string, producerId: string, paused: boolean) =>
      coded(plane.pauseProducer(stageId, connectionId, producerId, paused)),
    closeProducer: (stageId: string, connectionId: string, producerId: string) =>
      coded(plane.closeProducer(stageId, connectionId, producerId)),
    unpublish: (stageId: string, connectionId: string) => quietly(plane.unpublish(stageId, connectionId), stageId),
    close: (stageId: string) => quietly(plane.closeStage(stageId), stageId),
  };
}
export type StageService = ReturnType<typeof createStageService>;
