import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MediaPlane } from '../../media/index.ts';
import type { NewStageKey } from '../../src/contract/index.ts';
import { type GstreamerClient, startGstreamer } from '../support/gstreamer.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { openTestPlane } from '../support/media-plane.ts';
import { meetPeople } from '../support/people.ts';
import { until } from '../support/until.ts';

let plane: MediaPlane;
let server: TestInterface;
let sessionId: string;
let publishing: NewStageKey;
let watching: NewStageKey;
const clients: GstreamerClient[] = [];
/** Whoever is silent is missed sooner than usual. */
const presence = { connectMs: 30_000, silenceMs: 9_000 };

beforeAll(async () => {
  ({ plane } = await openTestPlane({ workers: 1, presence }));
  server = await openInterface({ media: plane });
  const people = await meetPeople(server);
  const { fair, company, session } = await people.fair();
  sessionId = session.id;
  const recruiter = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
  const newKey = (purpose: 'publish' | 'watch') => recruiter.api.call('createStageKey', { params: { sessionId }, body: { purpose } });
  [publishing, watching] = await Promise.all([newKey('publish'), newKey('watch')]);
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.close();
  await plane.close();
});

function start(action: 'publish' | 'watch', { url, token }: NewStageKey): GstreamerClient {
  const client = startGstreamer(action, url, token);
  clients.push(client);
  return client;
}

describe('GStreamer’s webrtcbin', () => {
  it('goes live by WHIP, and another one decodes sound and picture by WHEP', async () => {
    const encoder = start('publish', publishing);
    await until(() => encoder.state() === 'connected', 60_000).catch((error) => {
      throw new Error(JSON.stringify(encoder.events, null, 1), { cause: error });
    });
    await until(async () => (await plane.stageHealth(sessionId)).producers.length === 2);
    const player = start('watch', watching);
    await until(() => player.decoded().video >= 20 && player.decoded().audio >= 20, 60_000).catch((error) => {
      throw new Error(JSON.stringify(player.events, null, 1), { cause: error });
    });
    // libnice asks for no consent (RFC 7675): what it sends must be enough to stay, far longer than anybody may be silent.
    const lost: string[] = [];
    plane.on('publisherLost', ({ reason }) => lost.push(reason));
    plane.on('subscriberLost', () => lost.push('player'));
    const before = player.decoded().audio;
    await until(() => lost.length > 0 || player.decoded().audio >= before + 50 * 20, 60_000);
    expect(lost).toEqual([]);
    expect(await player.close()).toBe(200);
    expect(await encoder.close()).toBe(200);
    const { publishers, subscribers } = await plane.stageHealth(sessionId);
    expect({ publishers, subscribers }).toEqual({ publishers: 0, subscribers: 0 });
    // Encoding and decoding compete with whatever else runs here.
  }, 150_000);
});
