import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MediaPlane } from '../../media/index.ts';
import { failureSchema, type NewStageKey } from '../../src/contract/index.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { openTestPlane, watch } from '../support/media-plane.ts';
import { codeOf, meetPeople, type People, type Person } from '../support/people.ts';
import { until } from '../support/until.ts';
import { type Exchange, exchange, type LibEncoder, postOffer, startLibEncoder } from '../support/whip-client.ts';

let plane: MediaPlane;
let server: TestInterface;
let people: People;
let recruiter: Person;
let sessionId: string;
let key: NewStageKey;
const encoders: LibEncoder[] = [];
const iceServers = [
  { urls: ['stun:stun.example.org:3478'] },
  { urls: ['turn:turn.example.org:3478?transport=udp'], username: '1:a"b', credential: 'c' },
];

beforeAll(async () => {
  ({ plane } = await openTestPlane({ workers: 1 }));
  server = await openInterface({ media: plane, iceServers });
  people = await meetPeople(server);
  const made = await people.fair();
  sessionId = made.session.id;
  recruiter = await people.staff('recruiter', { fairId: made.fair.id, companyIds: [made.company.id] });
  key = await newKey();
});
afterAll(async () => {
  await server.close();
  await plane.close();
});
afterEach(async () => {
  for (const encoder of encoders.splice(0)) encoder.close();
  await plane.closeStage(sessionId);
});

const newKey = (purpose: 'publish' | 'watch' = 'publish') =>
  recruiter.api.call('createStageKey', { params: { sessionId }, body: { purpose } });

async function encoder(): Promise<LibEncoder> {
  const started = await startLibEncoder();
  encoders.push(started);
  return started;
}

async function live(token = key.token): Promise<{ encoder: LibEncoder; posted: Exchange; resource: string }> {
  const started = await encoder();
  const posted = await postOffer(key.url, token, started.offer);
  expect([posted.status, posted.body.slice(0, 3)]).toEqual([201, 'v=0']);
  started.accept(posted.body);
  return { encoder: started, posted, resource: new URL(posted.headers.get('location') ?? '', key.url).href };
}

const producers = async () => (await plane.stageHealth(sessionId)).producers;
const errorOf = ({ body }: Exchange) => failureSchema.parse(JSON.parse(body)).error.code;
const fragmentType = { 'content-type': 'application/trickle-ice-sdpfrag' };

describe('WHIP', () => {
  it('an encoder on the library that OBS uses goes live, and a viewer receives its sound and picture', async () => {
    const { posted, encoder } = await live();
    expect(posted.headers.get('content-type')).toMatch(/^application\/sdp/);
    expect(posted.headers.get('location')).toMatch(new RegExp(`^/whip/${sessionId}/[\\w-]{32}$`));
    expect(posted.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(posted.headers.get('accept-patch')).toBe('application/trickle-ice-sdpfrag');
    expect(posted.headers.get('access-control-allow-origin')).toBe('*');
    expect(posted.headers.get('link')).toBe(
      '<stun:stun.example.org:3478>; rel="ice-server", <turn:turn.example.org:3478?transport=udp>; rel="ice-server"; username="1:a\\"b"; credential="c"; credential-type="password"',
    );
    await until(() => encoder.state() === 'connected');
    expect((await producers()).map(({ source, codec, seat }) => [source, codec, seat])).toEqual([
      ['microphone', 'audio/opus', 'lead'],
      ['camera', 'video/H264', 'lead'],
    ]);
    const subscription = await plane.subscribe(sessionId, 'viewer', plane.routerRtpCapabilities);
    const viewer = await watch(plane, sessionId, 'viewer', subscription);
    await Promise.all([viewer.receives('audio', 2_000), viewer.receives('video', 5_000)]);
    viewer.close();
  });

  it('takes candidates by PATCH, and restarts ICE with a new entity tag', async () => {
    const { posted, resource, encoder } = await live();
    const etag = posted.headers.get('etag') ?? '';
    const patch = (ifMatch: string | null, body: string, headers: Record<string, string> = fragmentType) =>
      exchange(resource, { method: 'PATCH', token: key.token, headers: { ...headers, ...(ifMatch ? { 'if-match': ifMatch } : {}) }, body });
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
    const { resource, encoder } = await live();
    await until(() => encoder.state() === 'connected');
    expect((await exchange(resource, { method: 'DELETE', token: key.token })).status).toBe(200);
    expect(await producers()).toEqual([]);
    const again = await exchange(resource, { method: 'DELETE', token: key.token });
    expect([again.status, errorOf(again)]).toEqual([404, 'MEDIA_NOT_FOUND']);
    await until(() => encoder.state() !== 'connected');
  });

  it('refuses every token but a publishing key of the session', async () => {
    const { offer } = await encoder();
    const none = await exchange(key.url, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: offer });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gangbo"']);
    const watching = await newKey('watch');
    const other = await people.fair('另一家公司');
    const tries: [string, string][] = [
      [key.url, `${key.token.slice(0, -1)}_`],
      [key.url, watching.token],
      [key.url, recruiter.token],
      [key.url.replace(sessionId, other.session.id), key.token],
    ];
    for (const [url, token] of tries) {
      const refused = await postOffer(url, token, offer);
      expect([refused.status, errorOf(refused)]).toEqual([401, 'STAGE_KEY_INVALID']);
      expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
    }
    const { resource } = await live();
    const second = await newKey();
    const touched = await exchange(resource, { method: 'DELETE', token: second.token });
    expect([touched.status, errorOf(touched)]).toEqual([404, 'MEDIA_NOT_FOUND']);
    expect(await producers()).toHaveLength(2);
  });

  it('answers other methods, types and offers as the standard says', async () => {
    const { offer } = await encoder();
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const refused = await exchange(key.url, { method, token: key.token });
      expect([refused.status, refused.headers.get('allow'), errorOf(refused)]).toEqual([405, 'OPTIONS, POST', 'METHOD_NOT_ALLOWED']);
    }
    expect((await fetch(key.url, { method: 'HEAD' })).status).toBe(405);
    const { resource } = await live();
    for (const method of ['GET', 'PUT', 'POST']) {
      const refused = await exchange(resource, { method, token: key.token });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'OPTIONS, PATCH, DELETE']);
    }
    const post = (body: string, type = 'application/sdp') =>
      exchange(key.url, { method: 'POST', token: key.token, headers: { 'content-type': type }, body });
    expect((await post(offer, 'application/json')).status).toBe(415);
    expect((await post('v=0\r\nnonsense')).status).toBe(400);
    expect((await post('a'.repeat(70_000))).status).toBe(413);
    const foreign = await post(offer.replace('H264/90000', 'H266/90000').replace('opus/48000/2', 'speex/8000'));
    expect([foreign.status, errorOf(foreign)]).toEqual([422, 'MEDIA_UNSUPPORTED']);
    // What could not be answered has put nobody off the stage.
    expect(await producers()).toHaveLength(2);
    const preflight = await exchange(key.url, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('accept-post'), preflight.headers.get('link')]).toEqual([204, 'application/sdp', null]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect((await exchange(key.url, { method: 'OPTIONS', token: key.token })).headers.get('link')).toContain('rel="ice-server"');
  });

  it('takes over from the recruiter’s browser, which takes it back; the encoder does not win it by connecting again', async () => {
    const owner = `a:${recruiter.accountId}`;
    await plane.publish(sessionId, 'browser', { owner });
    const first = await live();
    expect((await producers()).every(({ publisherId }) => publisherId !== 'browser')).toBe(true);
    await until(() => first.encoder.state() === 'connected');
    const transport = await plane.publish(sessionId, 'browser', { owner });
    await until(() => first.encoder.state() !== 'connected');
    await plane.ingestRtp(sessionId, 'browser', {
      owner,
      kind: 'audio',
      source: 'microphone',
      rtpParameters: {
        codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
        encodings: [{ ssrc: 7 }],
      },
    });
    expect(transport.id).toBeTruthy();
    const { offer } = await encoder();
    const gone = { method: 'PATCH', token: key.token, headers: { ...fragmentType, 'if-match': '*' }, body: 'a=end-of-candidates\r\n' };
    await until(async () => (await exchange(first.resource, gone)).status === 404);
    const refused = await postOffer(key.url, key.token, offer);
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([409, true]);
    await plane.unpublish(sessionId, 'browser');
    await live();
  });

  it('answers garbage with a refusal in the reply shape, and goes on', async () => {
    const { encoder } = await live();
    await until(() => encoder.state() === 'connected');
    const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
    const nearly = fc
      .tuple(fc.nat(encoder.offer.length), fc.string({ unit: 'binary', maxLength: 20 }))
      .map(([at, put]) => Buffer.from(`${encoder.offer.slice(0, at)}${put}${encoder.offer.slice(at + put.length)}`.replaceAll('m=', 'x=')));
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, nearly), async (body) => {
        const answered = await exchange(key.url, {
          method: 'POST',
          token: key.token,
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
    const { resource } = await live();
    const pid = plane.hosts()[0]?.workers.find(({ alive }) => alive)?.pid;
    if (pid === undefined) throw new Error('there is no worker');
    process.kill(pid, 'SIGKILL');
    const patch = { method: 'PATCH', token: key.token, headers: { ...fragmentType, 'if-match': '*' }, body: 'a=end-of-candidates\r\n' };
    await until(async () => (await exchange(resource, patch)).status === 404);
    const { offer, accept, state } = await encoder();
    let answered = await postOffer(key.url, key.token, offer);
    while (answered.status === 503) {
      expect(Number(answered.headers.get('retry-after'))).toBeGreaterThan(0);
      answered = await postOffer(key.url, key.token, offer);
    }
    expect(answered.status).toBe(201);
    accept(answered.body);
    await until(() => state() === 'connected');
  });

  it('replaces the encoder’s own earlier connection', async () => {
    const first = await live();
    await until(() => first.encoder.state() === 'connected');
    const second = await live();
    await until(() => second.encoder.state() === 'connected');
    await until(() => first.encoder.state() !== 'connected');
    expect(await producers()).toHaveLength(2);
    await live();
  });
});

describe('a stage key', () => {
  it('is listed without its token, and whoever uses it is taken off when it is withdrawn', async () => {
    const used = await newKey();
    const { encoder } = await live(used.token);
    await until(() => encoder.state() === 'connected');
    const { items } = await recruiter.api.call('listStageKeys', { params: { sessionId } });
    const listed = items.find(({ id }) => id === used.id);
    expect(listed).toMatchObject({ purpose: 'publish', createdByName: '王主管' });
    expect(listed?.lastUsedAt).not.toBeNull();
    expect(JSON.stringify(items)).not.toContain('gbk_');
    await recruiter.api.call('withdrawStageKey', { params: { sessionId, keyId: used.id } });
    expect(await producers()).toEqual([]);
    await until(() => encoder.state() !== 'connected');
    const refused = await postOffer(used.url, used.token, encoder.offer);
    expect([refused.status, errorOf(refused)]).toEqual([401, 'STAGE_KEY_INVALID']);
    expect(await codeOf(recruiter.api.call('withdrawStageKey', { params: { sessionId, keyId: used.id } }))).toBe('NOT_FOUND');
  });

  it('is made by recruiters of the session, ten at most', async () => {
    const { fair, company, session } = await people.fair('钥匙公司');
    const at = { params: { sessionId: session.id }, body: { purpose: 'publish' as const } };
    const own = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const moderator = await people.staff('moderator', { fairId: fair.id });
    expect(await codeOf(recruiter.api.call('createStageKey', at))).toBe('FORBIDDEN');
    expect(await codeOf(moderator.api.call('createStageKey', at))).toBe('FORBIDDEN');
    expect(await codeOf((await people.viewer()).api.call('createStageKey', at))).toBe('FORBIDDEN');
    const made = await Promise.all(Array.from({ length: 14 }, () => codeOf(own.api.call('createStageKey', at))));
    expect([made.filter((code) => code === 'done').length, made.filter((code) => code === 'OVERLOADED').length]).toEqual([10, 4]);
  });

  it('ends with the session', async () => {
    const { fair, company, session } = await people.fair('结束公司');
    const own = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const at = { params: { sessionId: session.id } };
    const made = await own.api.call('createStageKey', { ...at, body: { purpose: 'publish' } });
    await own.api.call('startSession', at);
    await own.api.call('endSession', at);
    const { offer } = await encoder();
    const refused = await postOffer(made.url, made.token, offer);
    expect([refused.status, errorOf(refused)]).toEqual([409, 'SESSION_ENDED']);
    expect((await own.api.call('listStageKeys', at)).items).toEqual([]);
    expect(await codeOf(own.api.call('createStageKey', { ...at, body: { purpose: 'watch' } }))).toBe('SESSION_ENDED');
  });
});
