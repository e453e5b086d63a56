import type { MediaFault, MediaPlane, PublishOptions } from '../../../media/types.ts';
import { CodedError, type ConsumerOptions, type ErrorCode, type EventPayload, type Subscription } from '../../contract/index.ts';
import type { Log } from '../ports.ts';

const codeOf: Record<MediaFault, ErrorCode> = {
  'not-found': 'MEDIA_NOT_FOUND',
  unsupported: 'MEDIA_UNSUPPORTED',
  unavailable: 'MEDIA_UNAVAILABLE',
  busy: 'ALREADY_PUBLISHING',
};

type RtpCapabilities = EventPayload<'media.subscribe'>['rtpCapabilities'];
type DtlsParameters = EventPayload<'media.connect'>['dtlsParameters'];
type Produce = Omit<EventPayload<'stage.produce'>, 'sessionId'>;
/** The contract checks the shape of media parameters; their types in the plane say more, which the plane itself checks. */
type PlaneCapabilities = Parameters<MediaPlane['subscribe']>[2];
type PlaneProduce = Parameters<MediaPlane['produce']>[2];

/** The plane's errors cross the door as data: told by their name, so that nothing of the plane is loaded here. */
function faultOf(error: unknown): MediaFault | null {
  if (!(error instanceof Error) || error.name !== 'MediaError' || !('fault' in error)) return null;
  return typeof error.fault === 'string' && error.fault in codeOf ? (error.fault as MediaFault) : null;
}

/** What participants are told; each is called with the id of the connection it concerns. */
export interface StageListener {
  consumerAdded(sessionId: string, connectionId: string, consumer: ConsumerOptions): void;
  consumerClosed(sessionId: string, connectionId: string, consumerId: string): void;
  /** It should ask for media again. */
  subscriberLost(sessionId: string, connectionId: string): void;
  /** It should publish again. */
  publisherLost(sessionId: string, connectionId: string): void;
  /** Somebody began to send, or nobody does any more. */
  publishing(sessionId: string, publishing: boolean): void;
}

/**
 * A session's media as the room knows it: the session is the stage, connections
 * are its participants, refusals have codes.
 */
export function createStageService({ plane, log }: { plane: MediaPlane; log: Log }) {
  async function coded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const fault = faultOf(error);
      if (fault) throw new CodedError(codeOf[fault], { cause: error });
      throw error;
    }
  }
  /** Leaving never fails for the one who leaves; what is left behind is logged. */
  async function quietly(work: Promise<void>, sessionId: string): Promise<void> {
    await work.catch((error) => log.warn({ error, sessionId }, 'a participant could not be taken off the stage'));
  }

  return {
    listen(listener: StageListener): void {
      plane.on('consumerAdded', ({ stageId, subscriberId, consumer }) =>
        listener.consumerAdded(stageId, subscriberId, consumer as ConsumerOptions),
      );
      plane.on('consumerClosed', ({ stageId, subscriberId, consumerId }) => listener.consumerClosed(stageId, subscriberId, consumerId));
      plane.on('subscriberLost', ({ stageId, subscriberId }) => listener.subscriberLost(stageId, subscriberId));
      plane.on('publisherLost', ({ stageId, publisherId, reason }) => {
        if (reason !== 'replaced') listener.publisherLost(stageId, publisherId);
      });
      plane.on('publishing', ({ stageId, publishing }) => listener.publishing(stageId, publishing));
    },
    subscribe: async (sessionId: string, connectionId: string, capabilities: RtpCapabilities): Promise<Subscription> =>
      (await coded(plane.subscribe(sessionId, connectionId, capabilities as PlaneCapabilities))) as Subscription,
    connectSubscriber: (sessionId: string, connectionId: string, transportId: string, dtls: DtlsParameters) =>
      coded(plane.connectSubscriber(sessionId, connectionId, transportId, dtls)),
    resume: (sessionId: string, connectionId: string, consumerIds: string[]) => coded(plane.resume(sessionId, connectionId, consumerIds)),
    pause: (sessionId: string, connectionId: string, consumerIds: string[]) => coded(plane.pause(sessionId, connectionId, consumerIds)),
    preferLayer: (sessionId: string, connectionId: string, consumerId: string, spatialLayer: number) =>
      coded(plane.preferLayer(sessionId, connectionId, consumerId, spatialLayer)),
    restartIce: (sessionId: string, connectionId: string, transportId: string) =>
      coded(plane.restartIce(sessionId, connectionId, transportId)),
    unsubscribe: (sessionId: string, connectionId: string) => quietly(plane.unsubscribe(sessionId, connectionId), sessionId),
    /** @param options.owner the account: its new connection takes over from its old one */
    publish: (sessionId: string, connectionId: string, options: PublishOptions) => coded(plane.publish(sessionId, connectionId, options)),
    connectPublisher: (sessionId: string, connectionId: string, transportId: string, dtls: DtlsParameters) =>
      coded(plane.connectPublisher(sessionId, connectionId, transportId, dtls)),
    produce: (sessionId: string, connectionId: string, options: Produce) =>
      coded(plane.produce(sessionId, connectionId, options as PlaneProduce)),
    closeProducer: (sessionId: string, connectionId: string, producerId: string) =>
      coded(plane.closeProducer(sessionId, connectionId, producerId)),
    unpublish: (sessionId: string, connectionId: string) => quietly(plane.unpublish(sessionId, connectionId), sessionId),
    close: (sessionId: string) => quietly(plane.closeStage(sessionId), sessionId),
  };
}
export type StageService = ReturnType<typeof createStageService>;
