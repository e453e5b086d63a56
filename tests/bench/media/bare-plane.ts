import { createWorker } from 'mediasoup';
import type { Producer, WebRtcTransport } from 'mediasoup/types';
import { initialOutgoingBitrate, routerCodecs } from '../../../config/index.ts';
import { workerBinary } from '../../../media/worker/binary.mjs';
import type { SfuServer } from './sfu-process.ts';
import { videoIngest } from './source.ts';

/** The baseline: one mediasoup worker, one router and its WebRtcServer, made by hand; nothing of ours on top. */
export async function openBareSfu(): Promise<SfuServer> {
  const worker = await createWorker({ workerBin: workerBinary(process.env), logLevel: 'error' });
  const router = await worker.createRouter({ mediaCodecs: structuredClone([...routerCodecs]) });
  const webRtcServer = await worker.createWebRtcServer({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }] });
  const transports = new Map<string, { transport: WebRtcTransport; resume(): Promise<void> }>();
  let producer: Producer | undefined;

  const ingest = async () => {
    const transport = await router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
      rtcpMux: false,
      comedia: true,
    });
    producer = await transport.produce({ kind: videoIngest.kind, rtpParameters: videoIngest.rtpParameters });
    return {
      address: transport.tuple.localAddress,
      port: transport.tuple.localPort,
      rtcpPort: (transport.rtcpTuple ?? transport.tuple).localPort,
    };
  };

  const subscribe = async (viewerId: string) => {
    if (!producer) throw new Error('nobody sends');
    const transport = await router.createWebRtcTransport({ webRtcServer, initialAvailableOutgoingBitrate: initialOutgoingBitrate });
    const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities: router.rtpCapabilities, paused: true });
    transports.set(viewerId, { transport, resume: () => consumer.resume() });
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    const { kind, rtpParameters } = consumer;
    return {
      transport: { id, iceParameters, iceCandidates, dtlsParameters },
      consumers: [
        { id: consumer.id, producerId: producer.id, kind, rtpParameters, publisherId: 'sender', source: videoIngest.source, seat: 'lead' },
      ],
    };
  };

  return {
    async handle(order) {
      switch (order.type) {
        case 'ingest':
          return ingest();
        case 'subscribe':
          return subscribe(order.viewerId);
        case 'connect':
          return transports.get(order.viewerId)?.transport.connect({ dtlsParameters: order.dtlsParameters });
        case 'resume':
          return transports.get(order.viewerId)?.resume();
        case 'unsubscribe':
          transports.get(order.viewerId)?.transport.close();
          transports.delete(order.viewerId);
          return {};
        case 'workers':
        case 'origin':
          return { pids: [worker.pid], pid: worker.pid };
        default:
          return order satisfies never;
      }
    },
    async close() {
      worker.close();
    },
  };
}
