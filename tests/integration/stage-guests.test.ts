import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { produce, sendFrom } from '../support/room-media.ts';
import { guest, staff, viewer } from '../support/room-people.ts';
import { a, answer, b, bring, enter, invite, media, onStage, refused, session, toldOf } from '../support/stage-people.ts';
import { until } from '../support/until.ts';

/** What a guest on stage may send, and what staff may do about it. */
describe('a guest on stage', () => {
  test('sends camera and microphone beside the recruiter, on the other node, and everybody is told', async () => {
    const [recruiter, watcher] = await Promise.all([enter(a, staff('recruiter', session)), enter(a, guest())]);
    const someone = await enter(b, viewer());
    const added: { producerId: string; seat: string; publisherId: string }[] = [];
    watcher.socket.raw.on('media.consumerAdded', ({ consumer }) => void added.push(consumer));
    await sendFrom(recruiter.socket, session.id);
    await bring(recruiter, someone);
    const sent = await sendFrom(someone.socket, session.id);
    expect(sent.seat).toBe('guest');
    await produce(someone.socket, session.id, sent.transportId, 'camera');
    await until(() => added.length === 3);
    expect(added.map(({ seat }) => seat)).toEqual(['lead', 'guest', 'guest']);
    expect(added[1]).toMatchObject({ producerId: sent.producerId, publisherId: someone.socket.raw.id });
    await until(() => watcher.entries.length === 2);
    expect(watcher.entries[1]).toMatchObject({ on: true, guest: { key: someone.key, publisherId: someone.socket.raw.id, muted: false } });
    // The stage is led by the recruiter alone.
    expect((await enter(b, guest())).snapshot).toMatchObject({ publishing: true, guests: [{ key: someone.key }] });
  });

  test('sends nothing but camera and microphone, and only with a seat', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const publish = () => someone.socket.request('stage.publish', { stageId: session.id });
    await expect(publish()).rejects.toMatchObject(refused('NOT_INVITED'));
    const { id } = await invite(recruiter, someone.key);
    await expect(publish()).rejects.toMatchObject(refused('NOT_INVITED'));
    await answer(someone, id);
    const { transport } = await publish();
    for (const source of ['screen', 'screen-audio', 'second-camera'] as const) {
      await expect(produce(someone.socket, session.id, transport.id, source)).rejects.toMatchObject(refused('BAD_INPUT'));
    }
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await expect(produce(someone.socket, session.id, transport.id, 'camera')).rejects.toMatchObject(refused('NOT_INVITED'));
    await expect(someone.socket.request('stage.pause', { stageId: session.id, producerId: v7(), paused: true })).rejects.toMatchObject(
      refused('NOT_INVITED'),
    );
  });

  test('cannot touch what the recruiter or another guest sends', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const [one, two] = await Promise.all([enter(b, guest()), enter(b, guest())]);
    const led = await sendFrom(recruiter.socket, session.id);
    await Promise.all([bring(recruiter, one), bring(recruiter, two)]);
    const [mine, theirs] = await Promise.all([sendFrom(one.socket, session.id), sendFrom(two.socket, session.id)]);
    for (const { producerId, transportId } of [led, theirs]) {
      const stageId = session.id;
      await expect(one.socket.request('stage.pause', { stageId, producerId, paused: true })).rejects.toMatchObject(
        refused('MEDIA_NOT_FOUND'),
      );
      await expect(produce(one.socket, stageId, transportId, 'camera')).rejects.toMatchObject(refused('MEDIA_NOT_FOUND'));
      await expect(one.socket.request('stage.closeProducer', { stageId, producerId })).rejects.toMatchObject(refused('MEDIA_NOT_FOUND'));
    }
    const health = await media[0].plane.stageHealth(session.id);
    expect(health.producers.map(({ id, paused }) => `${id} ${paused}`).sort()).toEqual(
      [led, mine, theirs].map(({ producerId }) => `${producerId} false`).sort(),
    );
  });

  test('is muted by staff on the other node, and cannot turn the microphone on until staff allows it', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    const { producerId } = await sendFrom(someone.socket, session.id);
    const stageId = session.id;
    const mute = (muted: boolean) => recruiter.socket.request('stage.mute', { sessionId: session.id, key: someone.key, muted });
    const pause = (paused: boolean) => someone.socket.request('stage.pause', { stageId, producerId, paused });
    const paused = async () => (await media[0].plane.stageHealth(stageId)).producers.map((producer) => producer.paused);
    await pause(true);
    await until(() => recruiter.entries.at(-1)?.guest.muted === true);
    await pause(false);
    await until(() => recruiter.entries.at(-1)?.guest.muted === false);
    expect(await paused()).toEqual([false]);
    await mute(true);
    await until(async () => (await paused())[0] === true);
    await until(() => recruiter.entries.at(-1)?.guest.muted === true);
    await expect(pause(false)).rejects.toMatchObject(refused('FORBIDDEN'));
    // A new microphone does not help.
    const again = await sendFrom(someone.socket, session.id);
    await until(async () => (await paused()).join() === 'true');
    await mute(false);
    await until(() => toldOf(someone, 'stage.muted').length === 2);
    expect(toldOf(someone, 'stage.muted')).toEqual([
      { sessionId: session.id, muted: true },
      { sessionId: session.id, muted: false },
    ]);
    expect(await onStage(a)).toMatchObject([{ muted: true }]);
    await someone.socket.request('stage.pause', { stageId, producerId: again.producerId, paused: false });
    expect(await paused()).toEqual([false]);
    expect(await onStage(b)).toMatchObject([{ muted: false }]);
    await expect(recruiter.socket.request('stage.mute', { sessionId: session.id, key: recruiter.key, muted: true })).rejects.toMatchObject(
      refused('NOT_FOUND'),
    );
  });

  test('taken off by staff on the other node sends no more; leaving by itself frees the seat', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    const producers = async () => (await media[0].plane.stageHealth(session.id)).producers.length;
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await until(async () => (await producers()) === 0);
    await until(() => toldOf(someone, 'stage.uninvited').length === 1 && recruiter.entries.at(-1)?.on === false);
    expect(toldOf(someone, 'stage.uninvited')).toEqual([{ sessionId: session.id, reason: 'removed' }]);
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    await someone.socket.request('stage.leave', { stageId: session.id });
    expect(await onStage(a)).toEqual([]);
    expect(await producers()).toBe(0);
    await expect(someone.socket.request('stage.publish', { stageId: session.id })).rejects.toMatchObject(refused('NOT_INVITED'));
  });

  test('a word lost between nodes is made good within moments', async () => {
    const recruiter = await enter(a, staff('recruiter', session));
    const someone = await enter(b, guest());
    await bring(recruiter, someone);
    await sendFrom(someone.socket, session.id);
    const lost = a.server.nudgeOthers;
    a.server.nudgeOthers = () => undefined;
    await recruiter.socket.request('stage.mute', { sessionId: session.id, key: someone.key, muted: true });
    const health = () => media[0].plane.stageHealth(session.id);
    await until(async () => (await health()).producers[0]?.paused === true);
    await recruiter.socket.request('stage.remove', { sessionId: session.id, key: someone.key });
    await until(async () => (await health()).producers.length === 0);
    a.server.nudgeOthers = lost;
  });
});
