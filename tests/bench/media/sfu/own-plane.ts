import { openTestPlane } from '../../../support/media-plane.ts';
import { videoIngest } from '../source/source.ts';
import type { SfuEvent, SfuServer } from './messages.ts';

const stageId = 'bench';
const publisherId = 'recruiter';

/** Our media plane as the program opens it, on loopback, with one stage. */
export async function openOwnSfu(workers: number, report: (event: SfuEvent) => void): Promise<SfuServer> {
  const test = await openTestPlane({ workers });
  const { plane } = test;
  plane.on('subscriberLost', ({ subscriberId }) => report({ type: 'subscriberLost', viewerId: subscriberId }));
  plane.on('publisherLost', () => report({ type: 'publisherLost' }));
  plane.on('consumerAdded', ({ subscriberId, consumer }) => report({ type: 'consumerAdded', viewerId: subscriberId, consumer }));
  plane.on('consumerClosed', ({ subscriberId, consumerId }) => report({ type: 'consumerClosed', viewerId: subscriberId, consumerId }));
  return {
    async handle(order) {
      switch (order.type) {
        case 'ingest':
          return plane.ingestRtp(stageId, publisherId, videoIngest);
        case 'subscribe':
          return plane.subscribe(stageId, order.viewerId, plane.routerRtpCapabilities);
        case 'connect':
          return plane.connectSubscriber(stageId, order.viewerId, order.transportId, order.dtlsParameters);
        case 'resume':
          return plane.resume(stageId, order.viewerId, order.consumerIds);
        case 'unsubscribe':
          return plane.unsubscribe(stageId, order.viewerId);
        case 'workers':
          return { pids: test.workers.filter((worker) => !worker.closed).map((worker) => worker.pid) };
        case 'origin':
          return { pid: (await plane.stageHealth(stageId)).edges.find(({ origin }) => origin)?.workerPid };
        default:
          return order satisfies never;
      }
    },
    close: () => plane.close(),
  };
}
