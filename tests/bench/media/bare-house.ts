import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { z } from 'zod';
import { dtlsOf, offerOf } from '../../../media/simulate/swarm-offer.ts';
import type { ConsumerOptions, TransportOptions } from '../../../media/types.ts';
import { startSender } from './headless-sender.ts';
import type { House } from './own-house.ts';

const script = fileURLToPath(new URL('../bare/process.ts', import.meta.url));
const readySchema = z.object({ origin: z.string() });
// Both ends are ours, and this is what mediasoup gave.
const transportSchema = z.custom<TransportOptions>((value) => typeof value === 'object');
const capabilitiesSchema = z.object({ codecs: z.array(z.unknown()) });
const consumersSchema = z.array(
  z.custom<Pick<ConsumerOptions, 'id' | 'producerId' | 'kind' | 'rtpParameters'>>((value) => typeof value === 'object'),
);

async function connect(origin: string) {
  const socket = io(origin, { transports: ['websocket'], forceNew: true });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return {
    ask: (event: string, payload: unknown = {}): Promise<unknown> => socket.emitWithAck(event, payload),
    close: () => void socket.disconnect(),
  };
}

/** Bare mediasoup behind socket.io with the five round trips of its examples, and nothing else: no session, visit, count or chat. */
export async function openBareHouse(): Promise<House> {
  const child = fork(script, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { origin } = readySchema.parse(await new Promise((resolve) => child.once('message', resolve)));
  const sending = await connect(origin);
  const stopSending = await startSender({
    open: async () => transportSchema.parse(await sending.ask('transport')),
    connect: (_, dtlsParameters) => sending.ask('connect-transport', { dtlsParameters }),
    produce: (_, rtpParameters) => sending.ask('produce', { kind: 'video', rtpParameters }),
  });
  return {
    async arrive() {
      const { ask, close } = await connect(origin);
      return {
        async join(swarm, viewerId) {
          const rtpCapabilities = capabilitiesSchema.loose().parse(await ask('capabilities'));
          const transport = transportSchema.parse(await ask('transport'));
          const offered = consumersSchema.parse(await ask('consume', { rtpCapabilities }));
          const consumers = offered.map((consumer) => ({
            ...consumer,
            publisherId: 'sender',
            source: 'camera' as const,
            seat: 'lead' as const,
          }));
          const answer = await swarm.answer(viewerId, offerOf({ transport, consumers }));
          await ask('connect-transport', { dtlsParameters: dtlsOf(answer) });
          await ask('resume');
        },
        close,
      };
    },
    async stop() {
      stopSending();
      sending.close();
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
