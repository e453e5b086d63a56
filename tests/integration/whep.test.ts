import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MediaPlane } from '../../media/index.ts';
import { failureSchema, type NewStageKey } from '../../src/contract/index.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { openTestPlane } from '../support/media-plane.ts';
import { meetPeople, type People, type Person } from '../support/people.ts';
import { until } from '../support/until.ts';
import {
  type Exchange,
  exchange,
  type LibEncoder,
  type LibPlayer,
  postOffer,
  startLibEncoder,
  startLibPlayer,
} from '../support/whip-client.ts';

let plane: MediaPlane;
let server: TestInterface;
let people: People;
let recruiter: Person;
let sessionId: string;
let publishing: NewStageKey;
let watching: NewStageKey;
const open: { close(): void }[] = [];
/** Players that vanish are missed sooner than usual. */
const presence = { connectMs: 10_000, silenceMs: 10_000 };

beforeAll(async () => {
  ({ plane } = await openTestPlane({ workers: 1, presence }));
  server = await openInterface({ media: plane });
  people = await meetPeople(server);
  const made = await people.fair();
  sessionId = made.session.id;
  recruiter = await people.staff('recruiter', { fairId: made.fair.id, companyIds: [made.company.id] });
  const at = { params: { sessionId } };
  publishing = await recruiter.api.call('createStageKey', { ...at, body: { purpose: 'publish' } });
  watching = await recruiter.api.call('createStageKey', { ...at, body: { purpose: 'watch' } });
});
afterAll(async () => {
  await server.close();
  await plane.close();
});
afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await plane.closeStage(sessionId);
});

async function publish(): Promise<LibEncoder> {
  const encoder = await startLibEncoder();
  open.push(encoder);
  encoder.accept((await postOffer(publishing.url, publishing.token, encoder.offer)).body);
  await until(() => encoder.state() === 'connected');
  return encoder;
}

async function watch(token = watching.token): Promise<{ player: LibPlayer; posted: Exchange; resource: string }> {
  const player = await startLibPlayer();
  open.push(player);
  const posted = await postOffer(watching.url, token, player.offer);
  if (posted.status === 201) player.accept(posted.body);
  return { player, posted, resource: new URL(posted.headers.get('location') ?? '', watching.url).href };
}

const plays = (player: LibPlayer) => until(() => (player.received().sound ?? 0) > 2_000 && (player.received().picture ?? 0) > 5_000);
const errorOf = ({ body }: Exchange) => failureSchema.parse(JSON.parse(body)).error.code;
const subscribers = async () => (await plane.stageHealth(sessionId)).subscribers;

describe('WHEP', () => {
  it('a player gets sound and picture under the payload types of its own offer', async () => {
    await publish();
    const { player, posted } = await watch();
    expect(posted.status).toBe(201);
    expect(posted.headers.get('location')).toMatch(new RegExp(`^/whep/${sessionId}/[\\w-]{32}$`));
    expect(posted.body).toContain('m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n');
    expect(posted.body).toContain('m=video 9 UDP/TLS/RTP/SAVPF 97\r\n');
    expect(posted.body.match(/a=sendonly/g)).toHaveLength(2);
    await plays(player);
    expect([...player.payloadTypes()].filter((type) => type !== 72 && type !== 73).sort()).toEqual([96, 97]);
  });

  it('tells a player to come back while nobody sends, and ends it when the sender changes', async () => {
    const early = await watch();
    expect([early.posted.status, errorOf(early.posted)]).toEqual([409, 'SESSION_NOT_LIVE']);
    expect(Number(early.posted.headers.get('retry-after'))).toBeGreaterThan(0);
    await publish();
    const { player, resource } = await watch();
    await plays(player);
    await publish();
    await until(() => player.state() !== 'connected');
    expect((await exchange(resource, { method: 'DELETE', token: watching.token })).status).toBe(404);
    await plays((await watch()).player);
  });

  it('refuses what it could not play, and closes on DELETE', async () => {
    await publish();
    const { player, resource } = await watch();
    await plays(player);
    const deaf = await postOffer(watching.url, watching.token, player.offer.replaceAll('a=recvonly', 'a=inactive'));
    expect([deaf.status, errorOf(deaf)]).toEqual([422, 'MEDIA_UNSUPPORTED']);
    const blind = player.offer.replace(/a=rtpmap:97 .*\r\n/, '').replace('opus/48000/2', 'G722/8000');
    const refused = await postOffer(watching.url, watching.token, blind);
    expect([refused.status, errorOf(refused)]).toEqual([422, 'MEDIA_UNSUPPORTED']);
    expect(await subscribers()).toBe(1);
    expect((await exchange(resource, { method: 'DELETE', token: watching.token })).status).toBe(200);
    expect(await subscribers()).toBe(0);
    await until(() => player.state() !== 'connected');
  });

  it('V1: with an access token it is a visit, with a watch key it is none', async () => {
    await publish();
    const visits = async () => server.redis.hlen(`test:{s:${sessionId}}:visits`);
    await watch();
    expect(await visits()).toBe(0);
    const guest = await people.guest(sessionId);
    const { player, resource } = await watch(guest.token);
    await plays(player);
    expect(await visits()).toBe(1);
    const another = await people.guest(sessionId);
    expect((await exchange(resource, { method: 'DELETE', token: another.token })).status).toBe(404);
    const gone = async () => server.redis.zcard(`test:{s:${sessionId}}:gone`);
    expect(await gone()).toBe(0);
    expect((await exchange(resource, { method: 'DELETE', token: guest.token })).status).toBe(200);
    // Its grace has begun.
    expect(await gone()).toBe(1);
    const { posted } = await watch(recruiter.token);
    expect([posted.status, await visits()]).toEqual([201, 1]);
  });

  it('V1: the visit of a player that vanishes ends as well', async () => {
    await publish();
    const guest = await people.guest(sessionId);
    const { player } = await watch(guest.token);
    await plays(player);
    const gone = async () => server.redis.zcard(`test:{s:${sessionId}}:gone`);
    const before = await gone();
    player.close();
    await until(async () => (await gone()) > before, 30_000);
  });

  it('gives one viewer a few players, not any number', async () => {
    await publish();
    const guest = await people.guest(sessionId);
    const answers: number[] = [];
    let last: Exchange | undefined;
    for (let at = 0; at < 5; at++) {
      last = (await watch(guest.token)).posted;
      answers.push(last.status);
    }
    expect(answers).toEqual([201, 201, 201, 201, 503]);
    expect(last && errorOf(last)).toBe('OVERLOADED');
  });

  it('gives one viewer a few players also when it asks for many at once', async () => {
    await publish();
    const guest = await people.guest(sessionId);
    const player = await startLibPlayer();
    open.push(player);
    const answers = await Promise.all(Array.from({ length: 12 }, () => postOffer(watching.url, guest.token, player.offer)));
    const admitted = answers.filter(({ status }) => status === 201).length;
    expect(admitted).toBeLessThanOrEqual(4);
    expect(answers.filter(({ status }) => status === 503)).toHaveLength(12 - admitted);
    expect(await subscribers()).toBe(admitted);
  });

  it('refuses bad tokens and other people’s sessions', async () => {
    await publish();
    const { posted } = await watch(publishing.token);
    expect([posted.status, errorOf(posted)]).toEqual([401, 'STAGE_KEY_INVALID']);
    const forged = (await watch('a.b.c-not-a-token')).posted;
    expect([forged.status, errorOf(forged)]).toEqual([401, 'UNAUTHENTICATED']);
    const { fair, company } = await people.fair('另一家公司');
    const stranger = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    const foreign = (await watch(stranger.token)).posted;
    expect([foreign.status, errorOf(foreign)]).toEqual([403, 'FORBIDDEN']);
  });

  it('counts refused tokens of an address', async () => {
    await publish();
    const { player } = await watch();
    const codes = new Set<string>();
    for (let at = 0; at < 40; at++) codes.add(errorOf(await postOffer(watching.url, `gbk_${'x'.repeat(43)}`, player.offer)));
    expect(codes).toEqual(new Set(['STAGE_KEY_INVALID', 'RATE_LIMITED']));
    expect((await watch()).posted.status).toBe(201);
  });
});
