import type { MediaPlane } from '../../../../media/types.ts';
import { StageRouting, type StageRoutingOptions } from './routing.ts';

export type RoutedMediaPlaneOptions = StageRoutingOptions;

/**
 * One media plane over the nodes of an installation: whatever node a participant
 * is connected to, it is carried by the node that owns the stage.
 * @throws Error when Redis does not answer
 */
export async function createRoutedMediaPlane(options: RoutedMediaPlaneOptions): Promise<MediaPlane> {
  const routing = new StageRouting(options);
  await routing.open();
  const events: Pick<MediaPlane, 'on' | 'off'> = routing;
  return {
    routerRtpCapabilities: options.local.routerRtpCapabilities,
    subscribe: (stageId, ...args) => routing.call(stageId, 'subscribe', args),
    connectSubscriber: (stageId, ...args) => routing.call(stageId, 'connectSubscriber', args),
    resume: (stageId, ...args) => routing.call(stageId, 'resume', args),
    pause: (stageId, ...args) => routing.call(stageId, 'pause', args),
    preferLayer: (stageId, ...args) => routing.call(stageId, 'preferLayer', args),
    restartIce: (stageId, ...args) => routing.call(stageId, 'restartIce', args),
    unsubscribe: (stageId, ...args) => routing.call(stageId, 'unsubscribe', args),
    publish: (stageId, publisherId, options = {}) => routing.call(stageId, 'publish', [publisherId, options]),
    connectPublisher: (stageId, ...args) => routing.call(stageId, 'connectPublisher', args),
    produce: (stageId, ...args) => routing.call(stageId, 'produce', args),
    closeProducer: (stageId, ...args) => routing.call(stageId, 'closeProducer', args),
    ingestRtp: (stageId, ...args) => routing.call(stageId, 'ingestRtp', args),
    unpublish: (stageId, ...args) => routing.call(stageId, 'unpublish', args),
    closeStage: (stageId) => routing.call(stageId, 'closeStage', []),
    stageHealth: (stageId) => routing.call(stageId, 'stageHealth', []),
    workers: () => options.local.workers(),
    close: () => routing.close(),
    on: (event, listener) => events.on(event, listener),
    off: (event, listener) => events.off(event, listener),
  };
}
