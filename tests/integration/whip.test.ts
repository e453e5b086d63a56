import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Broadcast, errorOf, openBroadcast } from '../support/broadcast.ts';
import { watch } from '../support/media-plane.ts';
import { until } from '../support/until.ts';
import { exchange, postOffer } from '../support/whip-client.ts';

const iceServers = [
  { urls: ['stun:stun.example.org:3478'] },
  { urls: ['turn:turn.example.org:3478?transport=udp'], username: '1:a"b', credential: 'c' },
];
const fragmentType = { 'content-type': 'application/trickle-ice-sdpfrag' };

let cast: Broadcast;
beforeAll(async () => {
  cast = await openBroadcast(iceServers);
});
afterAll(() => cast.close());
afterEach(() => cast.clear());

describe('WHIP', () => {
  it('an encoder on the library that OBS uses goes live, and a viewer receives its sound and picture', async () => {
    const { posted, encoder } = await cast.live();
    expect(posted.headers.get('content-type')).toMatch(/^application\/sdp/);
    expect(posted.headers.get('location')).toMatch(new RegExp(`^/whip/${cast.sessionId}/[\\w-]{32}$`));
    expect(posted.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(posted.headers.get('accept-patch')).toBe('application/trickle-ice-sdpfrag');
    expect(posted.headers.get('access-control-allow-origin')).toBe('*');
    expect(posted.headers.get('link')).toBe(
      '<stun:stun.example.org:3478>; rel="ice-server", <turn:turn.example.org:3478?transport=udp>; rel="ice-server"; username="1:a\\"b"; credential="c"; credential-type="password"',
    );
    await until(() => encoder.state() === 'connected');
    expect((await cast.producers()).map(({ source, codec, seat }) => [source, codec, seat])).toEqual([
      ['microphone', 'audio/opus', 'lead'],
      ['camera', 'video/H264', 'lead'],
    ]);
    const subscription = await cast.plane.subscribe(cast.sessionId, 'viewer', cast.plane.routerRtpCapabilities);
    const viewer = await watch(cast.plane, cast.sessionId, 'viewer', subscription);
    await Promise.all([viewer.receives('audio', 2_000), viewer.receives('video', 5_000)]);
    viewer.close();
  });

  it('takes candidates by PATCH, and restarts ICE with a new entity tag', async () => {
    const { posted, resource, encoder } = await cast.live();
    const etag = posted.headers.get('etag') ?? '';
    const patch = (ifMatch: string | null, body: string, headers: Record<string, string> = fragmentType) =>
      exchange(resource, {
        method: 'PATCH',
        token: cast.key.token,
        headers: { ...headers, ...(ifMatch ? { 'if-match': ifMatch } : {}) },
        body,
      });
    const ufrag = /a=ice-ufrag:(\S+)/.exec(encoder.offer)?.[1];
    const pwd = /a=ice-pwd:(\S+)/.exec(encoder.offer)?.[1];
    const trickle = `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 UDP 2114977791 192.0.2.1 50000 typ host\r\na=end-of-candidates\r\n`;
    expect((await patch(etag, trickle)).status).toBe(204);
    expect(errorOf(await patch(null, trickle))).toBe('PRECONDITION_REQUIRED');
    expect(errorOf(await patch('"another"', trickle))).toBe('PRECONDITION_FAILED');
    expect(errorOf(await patch(`W/${etag}`, trickle))).toBe('PRECONDITION_FAILED');
    expect(errorOf(await patch('*', trickle, { 'content-type': 'application/sdp' }))).toBe('UNSUPPORTED_TYPE');
    expect(errorOf(await patch('*', 'a=ice-ufrag:x\r\n'))).toBe('BAD_INPUT');

    const restarted = await patch('*', 'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n');
    expect([restarted.status, restarted.headers.get('content-type')?.split(';')[0]]).toEqual([200, 'application/trickle-ice-sdpfrag']);
    expect(restarted.headers.get('etag')).not.toBe(etag);
    expect(restarted.body).toContain(`a=ice-ufrag:${restarted.headers.get('etag')?.slice(1, -1)}\r\n`);
    expect(restarted.body).toContain('a=candidate:');
    expect(errorOf(await patch(etag, trickle))).toBe('PRECONDITION_FAILED');
  });

  it('ends with DELETE, and the address is gone', async () => {
    const { resource, encoder } = await cast.live();
    await until(() => encoder.state() === 'connected');
    expect((await exchange(resource, { method: 'DELETE', token: cast.key.token })).status).toBe(200);
    expect(await cast.producers()).toEqual([]);
    const again = await exchange(resource, { method: 'DELETE', token: cast.key.token });
    expect([again.status, errorOf(again)]).toEqual([404, 'MEDIA_NOT_FOUND']);
    await until(() => encoder.state() !== 'connected');
  });

  it('refuses every token but a publishing key of the session', async () => {
    const { offer } = await cast.encoder();
    const none = await exchange(cast.key.url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: offer });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gangbo"']);
    const watching = await cast.newKey('watch');
    const other = await cast.people.fair('另一家公司');
    const tries: [string, string][] = [
      [cast.key.url, `${cast.key.token.slice(0, -1)}_`],
      [cast.key.url, watching.token],
      [cast.key.url, cast.recruiter.token],
      [cast.key.url.replace(cast.sessionId, other.session.id), cast.key.token],
    ];
    for (const [url, token] of tries) {
      const refused = await postOffer(url, token, offer);
      expect([refused.status, errorOf(refused)]).toEqual([401, 'STAGE_KEY_INVALID']);
      expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    }
    const { resource } = await cast.live();
    const second = await cast.newKey();
    const touched = await exchange(resource, { method: 'DELETE', token: second.token });
    expect([touched.status, errorOf(touched)]).toEqual([404, 'MEDIA_NOT_FOUND']);
    expect(await cast.producers()).toHaveLength(2);
  });

  it('answers other methods, types and offers as the standard says', async () => {
    const { offer } = await cast.encoder();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const refused = await exchange(cast.key.url, { method, token: cast.key.token });
      expect([refused.status, refused.headers.get('allow'), errorOf(refused)]).toEqual([405, 'OPTIONS, POST', 'METHOD_NOT_ALLOWED']);
    }
    expect((await fetch(cast.key.url, { method: 'HEAD' })).status).toBe(405);
    const { resource } = await cast.live();
    for (const method of ['GET', 'PUT', 'POST']) {
      const refused = await exchange(resource, { method, token: cast.key.token });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'OPTIONS, PATCH, DELETE']);
    }
    const post = (body: string, type = 'application/sdp') =>
      exchange(cast.key.url, { method: 'POST', token: cast.key.token, headers: { 'content-type': type }, body });
    expect((await post(offer, 'application/json')).status).toBe(415);
    expect((await post('v=0\r\nnonsense')).status).toBe(400);
    expect((await post('a'.repeat(70_000))).status).toBe(413);
    const foreign = await post(offer.replace('H264/90000', 'H266/90000').replace('opus/48000/2', 'speex/8000'));
    expect([foreign.status, errorOf(foreign)]).toEqual([422, 'MEDIA_UNSUPPORTED']);
    // What could not be answered has put nobody off the stage.
    expect(await cast.producers()).toHaveLength(2);
    const preflight = await exchange(cast.key.url, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('accept-post'), preflight.headers.get('link')]).toEqual([204, 'application/sdp', null]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect((await exchange(cast.key.url, { method: 'OPTIONS', token: cast.key.token })).headers.get('link')).toContain('rel="ice-server"');
  });

  it('takes over from the recruiter’s browser, which takes it back; the encoder does not win it by connecting again', async () => {
    const owner = `a:${cast.recruiter.accountId}`;
    await cast.plane.publish(cast.sessionId, 'browser', { owner });
    const first = await cast.live();
    expect((await cast.producers()).every(({ publisherId }) => publisherId !== 'browser')).toBe(true);
    await until(() => first.encoder.state() === 'connected');
    const transport = await cast.plane.publish(cast.sessionId, 'browser', { owner });
    await until(() => first.encoder.state() !== 'connected');
    await cast.plane.ingestRtp(cast.sessionId, 'browser', {
      owner,
      kind: 'audio',
      source: 'microphone',
      rtpParameters: {
        codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
        encodings: [{ ssrc: 7 }],
      },
    });
    expect(transport.id).toBeTruthy();
    const { offer } = await cast.encoder();
    const gone = { method: 'PATCH', token: cast.key.token, headers: { ...fragmentType, 'if-match': '*' }, body: 'a=end-of-candidates\r\n' };
    await until(async () => (await exchange(first.resource, gone)).status === 404);
    const refused = await postOffer(cast.key.url, cast.key.token, offer);
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([409, true]);
    await cast.plane.unpublish(cast.sessionId, 'browser');
    await cast.live();
  });

  it('answers garbage with a refusal in the reply shape, and goes on', async () => {
    const { encoder } = await cast.live();
    await until(() => encoder.state() === 'connected');
    const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
    const nearly = fc
      .tuple(fc.nat(encoder.offer.length), fc.string({ unit: 'binary', maxLength: 20 }))
      .map(([at, put]) => Buffer.from(`${encoder.offer.slice(0, at)}${put}${encoder.offer.slice(at + put.length)}`.replaceAll('m=', 'x=')));
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, nearly), async (body) => {
        const answered = await exchange(cast.key.url, {
          method: 'POST',
          token: cast.key.token,
          headers: { 'content-type': 'application/sdp' },
          body: new Uint8Array(body),
        });
        expect([400, 422]).toContain(answered.status);
        expect(['BAD_INPUT', 'MEDIA_UNSUPPORTED']).toContain(errorOf(answered));
      }),
      { numRuns: 150 },
    );
    expect(encoder.state()).toBe('connected');
  });

  it('forgets an encoder whose worker died, and takes it again on the next one', async () => {
    const { resource } = await cast.live();
    const pid = cast.plane.hosts()[0]?.workers.find(({ alive }) => alive)?.pid;
    if (pid === undefined) throw new Error('there is no worker');
    process.kill(pid, 'SIGKILL');
    const patch = {
      method: 'PATCH',
      token: cast.key.token,
      headers: { ...fragmentType, 'if-match': '*' },
      body: 'a=end-of-candidates\r\n',
    };
    await until(async () => (await exchange(resource, patch)).status === 404);
    const { offer, accept, state } = await cast.encoder();
    let answered = await postOffer(cast.key.url, cast.key.token, offer);
    while (answered.status === 503) {
      expect(Number(answered.headers.get('retry-after'))).toBeGreaterThan(0);
      answered = await postOffer(cast.key.url, cast.key.token, offer);
    }
    expect(answered.status).toBe(201);
    accept(answered.body);
    await until(() => state() === 'connected');
  });

  it('replaces the encoder’s own earlier connection', async () => {
    const first = await cast.live();
    await until(() => first.encoder.state() === 'connected');
    const second = await cast.live();
    await until(() => second.encoder.state() === 'connected');
    await until(() => first.encoder.state() !== 'connected');
    expect(await cast.producers()).toHaveLength(2);
    await cast.live();
  });
});
