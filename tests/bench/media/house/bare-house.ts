import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { io, type Socket } from 'socket.io-client';
import { z } from 'zod';
import type { ConsumerOptions, TransportOptions } from '../../../../media/types.ts';
import { startSender } from '../source/sender.ts';
import { createWatcher, untilAccepted, type Watcher } from './audience.ts';
import { type House, loopback } from './own-house.ts';

/** Bare mediasoup behind socket.io; a supervisor starts it anew when it dies. */
export interface BareHouse extends House {
  /** Viewers whose stream was cut since this was cleared. */
  hit: Set<string>;
  /** kill -9 of the process. */
  kill(): void;
}

const script = fileURLToPath(new URL('../../bare/process.ts', import.meta.url));
const readySchema = z.object({ origin: z.string() });
const ANSWER_WITHIN_MS = 60_000;
// Both ends are ours, and this is what mediasoup gave.
const transportSchema = z.custom<TransportOptions>((value) => typeof value === 'object' && value !== null);
const consumersSchema = z.array(
  z.custom<Pick<ConsumerOptions, 'id' | 'producerId' | 'kind' | 'rtpParameters'>>((value) => typeof value === 'object' && value !== null),
);

/** With socket.io's own defaults for coming back. */
async function connect(origin: string): Promise<Socket> {
  const socket = io(origin, { transports: ['websocket'], forceNew: true });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return socket;
}

const ask = (socket: Socket, event: string, payload: unknown = {}): Promise<unknown> =>
  socket.timeout(ANSWER_WITHIN_MS).emitWithAck(event, payload);

/** The usual five round trips of mediasoup's examples, and nothing else: no session, visit, count or chat. */
export async function openBareHouse(network = loopback): Promise<BareHouse> {
  let child: ChildProcess;
  let stopping = false;
  const start = async (port: string): Promise<string> => {
    child = fork(script, [port], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.once('exit', () => {
      if (!stopping) void start(new URL(origin).port);
    });
    const { origin } = readySchema.parse(await new Promise((resolve) => child.once('message', resolve)));
    return origin;
  };
  const origin = await start('0');

  const sending = await connect(origin);
  const send = () =>
    startSender({
      open: async () => transportSchema.parse(await ask(sending, 'transport')),
      connect: (_, dtlsParameters) => ask(sending, 'connect-transport', { dtlsParameters }),
      produce: (_, rtpParameters) => ask(sending, 'produce', { kind: 'video', rtpParameters }),
    });
  let stopSending = await send();
  sending.on('disconnect', () => stopSending());
  sending.on('connect', async () => {
    stopSending = await untilAccepted(send);
  });
  const hit = new Set<string>();

  const arrive = async () => {
    const socket = await connect(origin);
    let watcher: Watcher | undefined;
    // Its page rejoins when it is connected again.
    socket.on('connect', () => watcher?.lost());
    return {
      join(swarm: Parameters<typeof createWatcher>[0], viewerId: string) {
        const side = {
          async subscribe() {
            const rtpCapabilities = await network(() => ask(socket, 'capabilities'));
            const transport = transportSchema.parse(await network(() => ask(socket, 'transport')));
            const offered = consumersSchema.parse(await network(() => ask(socket, 'consume', { rtpCapabilities })));
            if (offered.length === 0) throw new Error('nobody sends');
            const consumers = offered.map((consumer) => ({
              ...consumer,
              publisherId: 'sender',
              source: 'camera' as const,
              seat: 'lead' as const,
            }));
            return { transport, consumers };
          },
          async connect(_: string, dtlsParameters: object) {
            await network(() => ask(socket, 'connect-transport', { dtlsParameters }));
            await network(() => ask(socket, 'resume'));
          },
          resume: () => ask(socket, 'resume'),
        };
        watcher = createWatcher(swarm, viewerId, side, () => hit.add(viewerId));
        return watcher.watch();
      },
      close: () => void socket.disconnect(),
    };
  };

  return {
    hit,
    arrive,
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      stopping = true;
      stopSending();
      sending.disconnect();
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
