import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewStageKey } from '../../src/contract/index.ts';
import { organizerSettings, setUpFair, type TestFair } from '../support/fair.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { exchange, type LibEncoder, type LibPlayer, postOffer, startLibEncoder, startLibPlayer } from '../support/whip-client.ts';

const settings = {
  ...organizerSettings,
  GANGBO_TOKEN_SECRET: randomBytes(32).toString('base64url'),
  GANGBO_MASTER_KEY: randomBytes(32).toString('hex'),
  GANGBO_MEDIA_WORKERS: '1',
};

describe('encoders and players on an installation of two nodes', () => {
  let media: RunningServer;
  let door: RunningServer;
  let fair: TestFair;
  let publishing: NewStageKey;
  let watching: NewStageKey;
  let encoder: LibEncoder;
  let player: LibPlayer;

  beforeAll(async () => {
    media = await startServer(settings);
    door = await openDoor();
    fair = await setUpFair(media.origin);
    const at = { params: { sessionId: fair.session.id } };
    await fair.recruiter.api.call('startSession', at);
    publishing = await fair.recruiter.api.call('createStageKey', { ...at, body: { purpose: 'publish' } });
    watching = await fair.recruiter.api.call('createStageKey', { ...at, body: { purpose: 'watch' } });
    [encoder, player] = await Promise.all([startLibEncoder(), startLibPlayer()]);
  }, 150_000);
  afterAll(async () => {
    encoder?.close();
    player?.close();
    await door?.stop();
    await media?.stop();
  });

  /** A node without workers, where only the signalling happens. */
  const openDoor = () => startServer({ ...settings, DATABASE_URL: media.databaseUrl, REDIS_URL: media.redisUrl, GANGBO_ROLE: 'room' });
  const on = (server: RunningServer, path: string) => new URL(path, server.origin).href;
  const pathOf = ({ url }: NewStageKey) => new URL(url).pathname;
  const restart = (url: string, token: string) =>
    exchange(url, {
      method: 'PATCH',
      token,
      headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
      body: `a=ice-ufrag:${randomBytes(4).toString('hex')}\r\na=ice-pwd:${randomBytes(12).toString('hex')}\r\n`,
    });

  it('come in at one, live on at the other, and outlive the one they came in at', async () => {
    const sent = await postOffer(on(door, pathOf(publishing)), publishing.token, encoder.offer);
    expect(sent.status).toBe(201);
    encoder.accept(sent.body);
    await until(() => encoder.state() === 'connected');
    const sending = sent.headers.get('location') ?? '';

    const played = await postOffer(on(door, pathOf(watching)), watching.token, player.offer);
    expect(played.status).toBe(201);
    player.accept(played.body);
    await until(() => (player.received().picture ?? 0) > 5_000);
    const playing = played.headers.get('location') ?? '';

    // Another node knows the address, and its entity tag moves on.
    const patched = await restart(on(media, playing), watching.token);
    expect([patched.status, patched.headers.get('etag') !== played.headers.get('etag')]).toEqual([200, true]);

    const gone = new Promise((resolve) => door.process.once('exit', resolve));
    door.process.kill('SIGKILL');
    await gone;
    const before = player.received().picture ?? 0;
    await until(() => (player.received().picture ?? 0) > before + 20_000);
    expect([encoder.state(), player.state()]).toEqual(['connected', 'connected']);

    expect((await restart(on(media, sending), publishing.token)).status).toBe(200);
    const params = { sessionId: fair.session.id };
    await fair.recruiter.api.call('withdrawStageKey', { params: { ...params, keyId: publishing.id } });
    await until(() => encoder.state() !== 'connected');
    // What it played is over: the node that is left tells the player, which could not be given anything else.
    await until(() => player.state() !== 'connected');
    await until(async () => (await exchange(on(media, playing), { method: 'DELETE', token: watching.token })).status === 404);
    const { publishers, subscribers } = await fair.recruiter.api.call('readStageHealth', { params });
    expect({ publishers, subscribers }).toEqual({ publishers: 0, subscribers: 0 });
  }, 120_000);

  it('go on when the encoder’s node stops in order, and are sent home when the session ends', async () => {
    const another = await openDoor();
    const [sender, viewer] = await Promise.all([startLibEncoder(), startLibPlayer()]);
    try {
      const at = { params: { sessionId: fair.session.id } };
      const { url, token } = await fair.recruiter.api.call('createStageKey', { ...at, body: { purpose: 'publish' } });
      const sent = await postOffer(on(another, new URL(url).pathname), token, sender.offer);
      sender.accept(sent.body);
      await until(() => sender.state() === 'connected');
      viewer.accept((await postOffer(on(media, pathOf(watching)), watching.token, viewer.offer)).body);
      await until(() => (viewer.received().picture ?? 0) > 5_000);
      expect(await another.stop()).toBe(0);
      const before = viewer.received().picture ?? 0;
      await until(() => (viewer.received().picture ?? 0) > before + 20_000);
      expect(sender.state()).toBe('connected');
      await fair.recruiter.api.call('endSession', at);
      await until(() => sender.state() !== 'connected' && viewer.state() !== 'connected');
      await until(async () => (await restart(on(media, sent.headers.get('location') ?? ''), token)).status === 404);
      expect((await postOffer(on(media, pathOf(watching)), watching.token, viewer.offer)).status).toBe(409);
    } finally {
      await another.stop();
      sender.close();
      viewer.close();
    }
  }, 60_000);
});
