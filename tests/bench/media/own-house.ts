import type { Swarm } from '../../../media/simulate/swarm-crowd.ts';
import { dtlsOf, offerOf } from '../../../media/simulate/swarm-offer.ts';
import { openRoomSocket } from '../../../src/client/socket.ts';
import { rtpParametersSchema } from '../../../src/contract/media.ts';
import { createAccess } from '../../../src/demo/account.ts';
import { organizerSettings, setUpFair } from '../../support/fair.ts';
import { startServer } from '../../support/server.ts';
import { startSender } from './headless-sender.ts';
import { planeSubscriptionSchema } from './sfu-messages.ts';

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

const ANSWER_WITHIN_MS = 60_000;

/** The program as a user starts it, with a fair, a live session and a recruiter who sends. */
export async function openOwnHouse(): Promise<House> {
  const server = await startServer({ ...organizerSettings, GANGBO_REQUESTS_PER_MINUTE: '1000000' });
  const { session, recruiter } = await setUpFair(server.origin);
  const sessionId = session.id;
  await recruiter.api.call('startSession', { params: { sessionId } });
  const studio = openRoomSocket({ origin: server.origin, token: recruiter.token });
  await studio.request('room.join', { sessionId });
  const stopSending = await startSender({
    open: async () => (await studio.request('stage.publish', { stageId: sessionId })).transport,
    connect: (transportId, dtlsParameters) => studio.request('stage.connect', { stageId: sessionId, transportId, dtlsParameters }),
    produce: (transportId, rtpParameters) =>
      studio.request('stage.produce', {
        stageId: sessionId,
        transportId,
        kind: 'video',
        source: 'camera',
        rtpParameters: rtpParametersSchema.parse(rtpParameters),
      }),
  });
  return {
    async arrive() {
      const access = createAccess(server.origin, 'viewer');
      const entrance = await access.api.call('enterRoom', { params: { sessionId }, body: {} });
      const socket = openRoomSocket({ origin: server.origin, token: () => entrance.signedIn.token, timeoutMs: ANSWER_WITHIN_MS });
      await new Promise<void>((resolve) => socket.raw.once('connect', () => resolve()));
      return {
        async join(swarm, viewerId) {
          const { media } = await socket.request('room.join', { sessionId, rtpCapabilities: entrance.routerRtpCapabilities });
          if (!media) throw new Error('the room has no media');
          const subscription = planeSubscriptionSchema.parse(media.subscription);
          const answer = await swarm.answer(viewerId, offerOf(subscription));
          const transportId = subscription.transport.id;
          await socket.request('media.connect', { stageId: sessionId, transportId, dtlsParameters: dtlsOf(answer) });
        },
        close: () => socket.close(),
      };
    },
    async stop() {
      stopSending();
      studio.close();
      await server.stop();
    },
  };
}
