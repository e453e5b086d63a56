import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createEgress } from '../../media/egress/index.ts';
import { createIngest } from '../../media/ingest/index.ts';
import { type LinkedPlanes, openLinkedPlanes } from '../support/linked-planes.ts';
import { whatIsOpen } from '../support/media-plane.ts';
import { until } from '../support/until.ts';
import { type LibPlayer, startLibEncoder, startLibPlayer } from '../support/whip-client.ts';

const stageId = 'stage';
let planes: LinkedPlanes;
beforeAll(async () => {
  planes = await openLinkedPlanes(() => stageId);
});
afterAll(() => planes.close());

const clients: { close(): void }[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await planes.a.plane.closeStage(stageId);
  await planes.b.plane.closeStage(stageId);
  await vi.waitFor(() => {
    for (const { plane } of [planes.a, planes.b]) expect(whatIsOpen(plane)).toEqual({ routers: 0, transports: 0, consumers: 0 });
  });
});

async function encode(publisherId = 'encoder'): Promise<void> {
  const encoder = await startLibEncoder();
  clients.push(encoder);
  const opened = await createIngest(planes.a.plane).open({ stageId, participantId: publisherId, owner: 'owner', offer: encoder.offer });
  encoder.accept(opened.answer);
  await until(() => encoder.state() === 'connected');
}

async function play(playerId: string): Promise<LibPlayer> {
  const player = await startLibPlayer();
  clients.push(player);
  player.accept((await createEgress(planes.b.plane).open({ stageId, participantId: playerId, offer: player.offer })).answer);
  return player;
}

const plays = (player: LibPlayer) => until(() => (player.received().sound ?? 0) > 2_000 && (player.received().picture ?? 0) > 5_000);

describe('an encoder on one media host', () => {
  it('is played on another, over one pipe for all players of equal payload types', async () => {
    await encode();
    const players = await Promise.all(['one', 'two', 'three'].map(play));
    await Promise.all(players.map(plays));
    for (const player of players) expect([...player.payloadTypes()]).toEqual(expect.arrayContaining([96, 97]));
    expect(planes.link.opened).toBe(2);
  });

  it('keeps its place when its owner comes with an offer that cannot be answered', async () => {
    await encode();
    const player = await play('one');
    const another = await startLibEncoder();
    clients.push(another);
    const comes = (offer: string) => createIngest(planes.a.plane).open({ stageId, participantId: 'another', owner: 'owner', offer });
    // One SSRC for two streams, and a codec that is not carried here.
    await expect(comes(another.offer.replaceAll('2222', '1111'))).rejects.toMatchObject({ name: 'SdpError', fault: 'malformed' });
    const foreign = another.offer.replace('H264/90000', 'H266/90000').replace('opus/48000', 'speex/16000');
    await expect(comes(foreign)).rejects.toMatchObject({ name: 'SdpError', fault: 'unsupported' });
    await plays(player);
    expect((await planes.a.plane.stageHealth(stageId)).publishers).toBe(1);
  });

  it('is awaited by nobody: a player without anything to play leaves nothing behind', async () => {
    const player = await startLibPlayer();
    clients.push(player);
    const early = createEgress(planes.b.plane).open({ stageId, participantId: 'player', offer: player.offer });
    await expect(early).rejects.toMatchObject({ name: 'MediaError', fault: 'not-found' });
    expect(whatIsOpen(planes.b.plane)).toEqual({ routers: 0, transports: 0, consumers: 0 });
  });
});
