import { observer } from 'mediasoup';
import type { Producer, Worker } from 'mediasoup/types';
import { initialOutgoingBitrate, maxIncomingBitrate, routerCodecs } from '../../config/index.ts';
import { createMediaPlane, type MediaPlane, type MediaPlaneOptions } from '../../media/index.ts';
import { type HeadlessViewer, startHeadlessViewer } from '../../media/simulate/swarm.ts';
import type { ConsumerOptions, HostEvents, MediaEvents, MediaHost, Subscription, WorkerHealth } from '../../media/types.ts';
import { workerBinary } from '../../media/worker/binary.mjs';
import { quietLog } from './quiet-log.ts';

export interface TestPlane {
  plane: MediaHost;
  /** The worker processes started since, of all planes of the test; for asking them what is left in them. */
  workers: Worker[];
  /** What was sent to them, pipes included. */
  producers: Producer[];
}

/** A media plane with real workers on free loopback ports. */
export async function openTestPlane(options: Partial<MediaPlaneOptions> = {}): Promise<TestPlane> {
  const binary = workerBinary(process.env);
  if (!binary) throw new Error('there is no mediasoup worker; npm test gets one');
  const workers: Worker[] = [];
  const producers: Producer[] = [];
  const noticed = (worker: Worker) => {
    workers.push(worker);
    worker.observer.on('newrouter', (router) =>
      router.observer.on('newtransport', (transport) => transport.observer.on('newproducer', (producer) => producers.push(producer))),
    );
  };
  observer.on('newworker', noticed);
  const plane = await createMediaPlane({
    workerBinary: binary,
    workers: 2,
    listenHost: '127.0.0.1',
    announcedAddresses: [],
    firstPort: 0,
    codecs: routerCodecs,
    initialOutgoingBitrate,
    maxIncomingBitrate,
    log: quietLog,
    ...options,
  });
  return { plane, workers, producers };
}

/** A viewer with real ICE, DTLS and SRTP on what it was subscribed to. */
export const watch = (plane: MediaPlane, stageId: string, viewerId: string, subscription: Subscription): Promise<HeadlessViewer> =>
  startHeadlessViewer({
    subscription,
    connect: (dtlsParameters) => plane.connectSubscriber(stageId, viewerId, subscription.transport.id, dtlsParameters),
  });

/** Of this process's host, which is the first. */
export const workersOf = (plane: MediaPlane): WorkerHealth[] => plane.hosts()[0]?.workers ?? [];

/** Routers, transports and consumers of all living workers. */
export function whatIsOpen(plane: MediaPlane): { routers: number; transports: number; consumers: number } {
  const sum = { routers: 0, transports: 0, consumers: 0 };
  for (const worker of workersOf(plane).filter(({ alive }) => alive)) {
    sum.routers += worker.routers;
    sum.transports += worker.transports;
    sum.consumers += worker.consumers;
  }
  return sum;
}

export const kindsOf = (consumers: readonly ConsumerOptions[]): string =>
  consumers
    .map(({ kind }) => kind)
    .sort()
    .join(' ');

/** The next event of a kind that the plane tells. */
export const nextEvent = <E extends keyof MediaEvents>(plane: MediaPlane, event: E): Promise<MediaEvents[E][0]> =>
  new Promise((resolve) => {
    const listener = (...[told]: MediaEvents[E]) => {
      plane.off(event, listener);
      resolve(told);
    };
    plane.on(event, listener);
  });

/** As nextEvent(), of what a host alone tells. */
export const nextHostEvent = <E extends keyof HostEvents>(host: MediaHost, event: E): Promise<HostEvents[E][0]> =>
  new Promise((resolve) => {
    const listener = (...[told]: HostEvents[E]) => {
      host.off(event, listener);
      resolve(told);
    };
    host.on(event, listener);
  });
