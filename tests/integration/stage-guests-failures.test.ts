import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { startMediaNode } from '../support/media-node.ts';
import { sendFrom } from '../support/room-media.ts';
import { admit, guest, staff, viewer } from '../support/room-people.ts';
import {
  a,
  answer,
  b,
  bring,
  enter,
  invite,
  media,
  onStage,
  redis,
  refused,
  session,
  startNode,
  toldOf,
  world,
} from '../support/stage-people.ts';
import { until } from '../support/until.ts';

/** A guest’s seat through reconnects, sign-ins, deaths of nodes, and the end. */
describe('what breaks', () => {
  test('V1: a guest who comes back within the grace, on the other node, goes on in the same seat', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    someone.socket.close();
    await until(() => recruiter.entries.at(-1)?.guest.publisherId === null);
    const back = await enter(a, someone.token);
    expect(back.snapshot.guests).toMatchObject([{ key: someone.key, publisherId: null }]);
    await sendFrom(back.socket, session.id);
    await until(() => recruiter.entries.at(-1)?.guest.publisherId === back.socket.raw.id);
    expect(recruiter.entries.every((entry) => entry.on)).toBe(true);
  });

  test('a second tab takes the seat’s picture over; when the first one closes nothing changes', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    const otherTab = await enter(a, someone.token);
    const { producerId } = await sendFrom(otherTab.socket, session.id);
    await until(() => toldOf(someone, 'stage.replaced').length === 1);
    const before = b.server.connections.size;
    someone.socket.close();
    await until(() => b.server.connections.size < before);
    await until(() => recruiter.entries.at(-1)?.guest.publisherId === otherTab.socket.raw.id);
    expect((await media[0].plane.stageHealth(session.id)).producers.map(({ id }) => id)).toEqual([producerId]);
    expect(await onStage(a)).toMatchObject([{ publisherId: otherTab.socket.raw.id }]);
  });

  test('V1: a guest who stays away longer loses the seat, and the room is told', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    someone.socket.close();
    await until(() => recruiter.entries.at(-1)?.on === false);
    const back = await enter(a, someone.token);
    expect(back.snapshot.guests).toEqual([]);
    await expect(back.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('NOT_INVITED'));
  });

  test('V2: a guest who signs in while on stage keeps the seat, here and after a reload', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const device = v7();
    const someone = await enter(b, guest(device));
    await bring(recruiter, someone);
    const sent = await sendFrom(someone.socket, session.id);
    const token = admit(world, viewer(device));
    await someone.socket.request('auth.renew', { token });
    await until(async () => (await onStage(a))[0]?.name === '王同学');
    const [seat] = await onStage(a);
    expect(seat).toMatchObject({ publisherId: someone.socket.raw.id });
    expect(seat?.key).not.toBe(someone.key);
    await someone.socket.request('stage.pause', { stageId: session.id, producerId: sent.producerId, paused: true });
    const reloaded = await enter(a, token);
    expect(reloaded.key).toBe(seat?.key);
    await sendFrom(reloaded.socket, session.id);
    expect(await onStage(b)).toHaveLength(1);
  });

  test('V1: a node that dies takes its guest’s seat with it only after the grace; the guest may come back before', async () => {
    const dying = await startMediaNode({ redisUrl: redis.url });
    const node = await startNode(dying.plane);
    const recruiter = await enter(a, staff('recruiter', session));
    const [stays, goes] = await Promise.all([enter(node, guest()), enter(node, guest())]);
    await Promise.all([bring(recruiter, stays), bring(recruiter, goes)]);
    await Promise.all([sendFrom(stays.socket, session.id), sendFrom(goes.socket, session.id)]);
    stays.socket.close();
    goes.socket.close();
    await Promise.all([node.kill(), dying.kill()]);
    const back = await enter(b, stays.token);
    await sendFrom(back.socket, session.id);
    await until(async () => (await onStage(a)).length === 1, 15_000);
    expect(await onStage(a)).toMatchObject([{ key: stays.key, publisherId: back.socket.raw.id }]);
    await until(() => recruiter.entries.some((entry) => entry.guest.key === goes.key && !entry.on));
  }, 30_000);

  test('the session’s end empties the stage for good', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const [someone, other] = await Promise.all([enter(b, guest()), enter(b, guest())]);
    await bring(recruiter, someone);
    const { id } = await invite(recruiter, other.key);
    await sendFrom(someone.socket, session.id);
    await a.setStatus(session.id, 'ended');
    expect(await onStage(b)).toEqual([]);
    expect(await a.redis.exists(a.keys.guests(session.id), a.keys.speakers(session.id))).toBe(0);
    await until(() => recruiter.entries.at(-1)?.on === false);
    await expect(answer(other, id)).rejects.toMatchObject(refused('SESSION_ENDED'));
    await expect(someone.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('SESSION_ENDED'));
    await expect(
      someone.socket.request('stage.connect', {
        stageId: session.id,
        transportId: v7(),
        dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AA' }] },
      }),
    ).rejects.toMatchObject(refused('SESSION_ENDED'));
    expect((await media[0].plane.stageHealth(session.id)).producers).toEqual([]);
  });
});
