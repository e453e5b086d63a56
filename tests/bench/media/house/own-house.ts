import { setTimeout as pause } from 'node:timers/promises';
import type { Swarm } from '../../../../media/simulate/swarm-crowd.ts';
import type { ConsumerOptions } from '../../../../media/types.ts';
import { openRoomSocket } from '../../../../src/client/socket.ts';
import { rtpParametersSchema } from '../../../../src/contract/media.ts';
import { createAccess } from '../../../../src/demo/account.ts';
import { setUpFair } from '../../../support/fair.ts';
import { planeSubscriptionSchema } from '../sfu/messages.ts';
import { startSender } from '../source/sender.ts';
import { createWatcher, untilAccepted, type Watcher } from './audience.ts';

/** One viewer at the door: its connection stands, nothing of the room has been asked. */
export interface Arrival {
  /** Resolves when the server has what it needs, before ICE and DTLS are done. */
  join(swarm: Swarm, viewerId: string): Promise<void>;
  close(): void;
}

/** A server with somebody who sends. */
export interface House {
  arrive(): Promise<Arrival>;
  stop(): Promise<void>;
}

/** What lies between viewers and their server: each request with its answer goes through it. */
export type Network = <T>(ask: () => Promise<T>) => Promise<T>;

/** Every request takes one round trip, ms. */
export const networkOf =
  (roundTripMs: number): Network =>
  async (ask) => {
    await pause(roundTripMs / 2);
    const answer = await ask();
    await pause(roundTripMs / 2);
    return answer;
  };
export const loopback: Network = (ask) => ask();

/** Of the program, driven as its pages drive it. */
export interface OwnHouse extends House {
  /** Viewers whose stream was cut since this was cleared. */
  hit: Set<string>;
  /** The worker process that has the recruiter. */
  originPid(): Promise<number>;
}

const ANSWER_WITHIN_MS = 60_000;

/** A fair with a live session, and a recruiter who sends and publishes again when the stage is lost. */
export async function openOwnHouse(origin: string, stopServer: () => Promise<unknown>, network = loopback): Promise<OwnHouse> {
  const { session, recruiter } = await setUpFair(origin);
  const sessionId = session.id;
  const stageId = sessionId;
  await recruiter.api.call('startSession', { params: { sessionId } });
  const studio = openRoomSocket({ origin, token: recruiter.token });
  await studio.request('room.join', { sessionId });
  const send = () =>
    startSender({
      open: async () => (await studio.request('stage.publish', { stageId })).transport,
      connect: (transportId, dtlsParameters) => studio.request('stage.connect', { stageId, transportId, dtlsParameters }),
      produce: (transportId, rtpParameters) =>
        studio.request('stage.produce', {
          stageId,
          transportId,
          kind: 'video',
          source: 'camera',
          rtpParameters: rtpParametersSchema.parse(rtpParameters),
        }),
    });
  let stopSending = await untilAccepted(send);
  studio.raw.on('stage.lost', () => {
    stopSending();
    void untilAccepted(send).then((stop) => {
      stopSending = stop;
    });
  });
  const hit = new Set<string>();

  const arrive = async (): Promise<Arrival> => {
    const access = createAccess(origin, 'viewer');
    const entrance = await access.api.call('enterRoom', { params: { sessionId }, body: {} });
    const rtpCapabilities = entrance.routerRtpCapabilities;
    const socket = openRoomSocket({ origin, token: () => entrance.signedIn.token, timeoutMs: ANSWER_WITHIN_MS });
    await new Promise<void>((resolve) => socket.raw.once('connect', () => resolve()));
    let watcher: Watcher | undefined;
    let joined = false;
    const subscribe = async () => {
      if (joined)
        return planeSubscriptionSchema.parse(await network(() => socket.request('media.subscribe', { stageId, rtpCapabilities })));
      const { media } = await network(() => socket.request('room.join', { sessionId, rtpCapabilities }));
      if (!media) throw new Error('the room has no media');
      joined = true;
      return planeSubscriptionSchema.parse(media.subscription);
    };
    socket.raw.on('media.lost', () => watcher?.lost());
    // Shaped as the contract says, typed as the plane does.
    socket.raw.on('media.consumerAdded', ({ consumer }) => watcher?.added(consumer as ConsumerOptions));
    socket.raw.on('media.consumerClosed', ({ consumerId }) => watcher?.ended(consumerId));
    return {
      join(swarm, viewerId) {
        const side = {
          subscribe,
          connect: (transportId: string, dtlsParameters: Parameters<Parameters<typeof createWatcher>[2]['connect']>[1]) =>
            network(() => socket.request('media.connect', { stageId, transportId, dtlsParameters })),
          resume: (consumerIds: string[]) => socket.request('media.resume', { stageId, consumerIds }),
        };
        watcher = createWatcher(swarm, viewerId, side, () => hit.add(viewerId));
        return watcher.watch();
      },
      close: () => socket.close(),
    };
  };

  return {
    hit,
    arrive,
    async originPid() {
      const { edges } = await studio.request('stage.health', { sessionId });
      const home = edges.find((edge) => edge.origin);
      if (!home) throw new Error('nobody sends');
      return home.workerPid;
    },
    async stop() {
      stopSending();
      studio.close();
      await stopServer();
    },
  };
}
