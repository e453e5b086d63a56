import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createWorker } from 'mediasoup';
import type { Producer, RtpCapabilities, WebRtcTransport } from 'mediasoup/types';
import { Server, type Socket } from 'socket.io';
import { routerCodecs } from '../../../config/index.ts';

/**
 * The baseline of first-frame: bare mediasoup, one worker and one router, with
 * the usual five round trips of its examples (capabilities, transport, connect,
 * consume, resume). It knows no sessions, visits or snapshots.
 */
export async function startBareSfu(workerBinary: string, page: (name: string) => string, port = 0) {
  const worker = await createWorker({ workerBin: workerBinary, logLevel: 'error' });
  const router = await worker.createRouter({ mediaCodecs: routerCodecs.map((codec) => ({ ...codec })) });
  const producers: Producer[] = [];
  const http = createServer((request, response) => {
    response.setHeader('content-type', request.url?.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.end(page(request.url ?? '/'));
  });
  const io = new Server(http, { transports: ['websocket'] });

  const createTransport = () =>
    router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }], initialAvailableOutgoingBitrate: 1_000_000 });

  io.on('connection', (socket: Socket) => {
    let transport: WebRtcTransport | undefined;
    socket.on('capabilities', (_: unknown, done: (answer: unknown) => void) => done(router.rtpCapabilities));
    socket.on('transport', async (_: unknown, done: (answer: unknown) => void) => {
      transport = await createTransport();
      const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
      done({ id, iceParameters, iceCandidates, dtlsParameters });
    });
    socket.on('connect-transport', async ({ dtlsParameters }, done: (answer: unknown) => void) => {
      await transport?.connect({ dtlsParameters });
      done({});
    });
    socket.on('produce', async ({ kind, rtpParameters }, done: (answer: unknown) => void) => {
      const producer = await transport?.produce({ kind, rtpParameters });
      if (producer) producers.push(producer);
      done({ id: producer?.id });
    });
    socket.on('consume', async ({ rtpCapabilities }: { rtpCapabilities: RtpCapabilities }, done: (answer: unknown) => void) => {
      const consumers = await Promise.all(
        producers.map(async (producer) => transport?.consume({ producerId: producer.id, rtpCapabilities, paused: true })),
      );
      socket.once('resume', async (_: unknown, resumed: (answer: unknown) => void) => {
        await Promise.all(consumers.map((consumer) => consumer?.resume()));
        resumed({});
      });
      done(
        consumers.map(
          (consumer) =>
            consumer && { id: consumer.id, producerId: consumer.producerId, kind: consumer.kind, rtpParameters: consumer.rtpParameters },
        ),
      );
    });
    socket.on('disconnect', () => transport?.close());
  });
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async stop() {
      await io.close();
      worker.close();
    },
  };
}
