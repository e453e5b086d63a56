import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRoomSocket } from '../../src/client/index.ts';
import { createAccess } from '../../src/demo/account.ts';
import { organizerSettings, setUpFair } from '../support/fair.ts';
import { type RunningServer, startServer } from '../support/server.ts';

describe('a node that is told to stop', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ ...organizerSettings, GANGBO_DRAIN_SECONDS: '20' });
  });
  afterAll(() => server.stop());

  it('asks its viewers to move and keeps the picture until they have', async () => {
    const { session } = await setUpFair(server.origin);
    const viewer = createAccess(server.origin, 'viewer');
    const entrance = await viewer.api.call('enterRoom', { params: { sessionId: session.id }, body: {} });
    const socket = openRoomSocket({ origin: server.origin, token: () => entrance.signedIn.token });
    await socket.request('room.join', { sessionId: session.id });
    const draining = new Promise<number>((resolve) => socket.raw.once('server.draining', (notice) => resolve(notice.reconnectAfterMs)));
    const exited = once(server.process, 'exit');

    server.process.kill('SIGTERM');
    expect(await draining).toBeGreaterThan(0);
    const { transport } = await socket.request('media.subscribe', {
      stageId: session.id,
      rtpCapabilities: entrance.routerRtpCapabilities,
    });
    expect(transport.iceCandidates.length).toBeGreaterThan(0);

    socket.close();
    expect(await exited).toEqual([0, null]);
  });
});
