import { createWorker } from 'mediasoup';
import type { Consumer, Producer, Router, WebRtcServer, WebRtcTransport, Worker } from 'mediasoup/types';
import { initialOutgoingBitrate, routerCodecs } from '../../../../config/index.ts';
import type { Subscription } from '../../../../media/types.ts';
import { workerBinary } from '../../../../media/worker/binary.mjs';
import { videoIngest } from '../source/source.ts';
import type { SfuEvent, SfuServer } from './messages.ts';

interface BareWorker {
  worker: Worker;
  router: Router;
  webRtcServer: WebRtcServer;
  producer: Producer | undefined;
  viewers: Map<string, { transport: WebRtcTransport; consumer: Consumer }>;
}

async function openWorker(): Promise<BareWorker> {
  const worker = await createWorker({ workerBin: workerBinary(process.env), logLevel: 'none' });
  const router = await worker.createRouter({ mediaCodecs: structuredClone([...routerCodecs]) });
  const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] });
  return { worker, router, webRtcServer, producer: undefined, viewers: new Map() };
}

async function ingest(bare: BareWorker) {
  const transport = await bare.router.createPlainTransport({
    listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    rtcpMux: false,
    comedia: true,
  });
  bare.producer = await transport.produce({ kind: videoIngest.kind, rtpParameters: videoIngest.rtpParameters });
  const { localAddress, localPort } = transport.tuple;
  return { address: localAddress, port: localPort, rtcpPort: transport.rtcpTuple?.localPort ?? localPort };
}

async function subscribe({ router, webRtcServer, producer, viewers }: BareWorker, viewerId: string): Promise<Subscription> {
  if (!producer || producer.closed) throw new Error('nobody sends');
  const transport = await router.createWebRtcTransport({ webRtcServer, initialAvailableOutgoingBitrate: initialOutgoingBitrate });
  const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities, paused: true });
  viewers.set(viewerId, { transport, consumer });
  const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
  const { kind, rtpParameters } = consumer;
  return {
    transport: { id, iceParameters, iceCandidates, dtlsParameters },
    consumers: [
      { id: consumer.id, producerId: producer.id, kind, rtpParameters, publisherId: 'sender', source: videoIngest.source, seat: 'lead' },
    ],
  };
}

/**
 * The baseline: one mediasoup worker, one router and its WebRtcServer, made by hand;
 * nothing of ours on top. When the worker dies another one is started and everybody told.
 */
export async function openBareSfu(report: (event: SfuEvent) => void): Promise<SfuServer> {
  let bare = await openWorker();
  const replaceDead = (dead: BareWorker): void => {
    dead.worker.once('died', async () => {
      bare = await openWorker();
      replaceDead(bare);
      report({ type: 'publisherLost' });
      for (const viewerId of dead.viewers.keys()) report({ type: 'subscriberLost', viewerId });
    });
  };
  replaceDead(bare);
  return {
    async handle(order) {
      switch (order.type) {
        case 'ingest':
          return ingest(bare);
        case 'subscribe':
          return subscribe(bare, order.viewerId);
        case 'connect':
          return bare.viewers.get(order.viewerId)?.transport.connect({ dtlsParameters: order.dtlsParameters });
        case 'resume':
          return bare.viewers.get(order.viewerId)?.consumer.resume();
        case 'unsubscribe':
          bare.viewers.get(order.viewerId)?.transport.close();
          bare.viewers.delete(order.viewerId);
          return {};
        case 'workers':
        case 'origin':
          return { pids: [bare.worker.pid], pid: bare.worker.pid };
        default:
          return order satisfies never;
      }
    },
    async close() {
      bare.worker.close();
    },
  };
}
