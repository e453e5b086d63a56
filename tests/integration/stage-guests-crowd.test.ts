import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReplyError } from '../../src/client/index.ts';
import type { StageGuest } from '../../src/contract/index.ts';
import { sendFrom } from '../support/room-media.ts';
import { aSession, guest, staff } from '../support/room-people.ts';
import { a, answer, b, enter, invite, media, moveTo, onStage, type Person, session, toldOf } from '../support/stage-people.ts';
import { until } from '../support/until.ts';

/** Staff and viewers on two nodes who all do something at once. */
type Act = {
  do: 'invite' | 'remove' | 'mute' | 'unmute' | 'accept' | 'decline' | 'send' | 'leave' | 'unmuteSelf';
  who: number;
  by: number;
};
const act: fc.Arbitrary<Act> = fc.record({
  do: fc.constantFrom('invite', 'invite', 'accept', 'accept', 'send', 'send', 'remove', 'mute', 'unmute', 'decline', 'leave', 'unmuteSelf'),
  who: fc.nat({ max: 3 }),
  by: fc.nat({ max: 1 }),
});

/** Refusals are part of the game; anything else is not. */
const allowed = ['NOT_INVITED', 'NOT_FOUND', 'STAGE_FULL', 'FORBIDDEN', 'MEDIA_NOT_FOUND', 'OVERLOADED'];
async function dare(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ReplyError) || !allowed.includes(error.code)) throw error;
  }
}

function take({ do: what, who, by }: Act, staffed: Person[], viewers: Person[]): Promise<unknown> {
  const [person, one] = [viewers[who], staffed[by]];
  if (!person || !one) throw new Error('nobody');
  const sessionId = session.id;
  const { key, socket } = person;
  const invited = toldOf(person, 'stage.invited').at(-1) as { invitation: { id: string } } | undefined;
  switch (what) {
    case 'invite':
      return invite(one, key);
    case 'remove':
      return one.socket.request('stage.remove', { sessionId, key });
    case 'mute':
    case 'unmute':
      return one.socket.request('stage.mute', { sessionId, key, muted: what === 'mute' });
    case 'accept':
    case 'decline':
      return answer(person, invited?.invitation.id ?? session.id, what === 'accept');
    case 'send':
      return sendFrom(socket, sessionId);
    case 'leave':
      return socket.request('stage.leave', { stageId: sessionId });
    case 'unmuteSelf':
      return sendFrom(socket, sessionId).then(({ producerId }) =>
        socket.request('stage.pause', { stageId: sessionId, producerId, paused: false }),
      );
    default:
      return what satisfies never;
  }
}

test('whatever people on two nodes do at once: who sends has a seat, who is muted is silent, and every page can follow', async () => {
  const seen = { sending: 0, muted: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { minLength: 3, maxLength: 8 }), async (rounds) => {
      moveTo(aSession());
      const staffed = [await enter(a, staff('recruiter', session)), await enter(b, staff('moderator', session))];
      const viewers = await Promise.all([enter(a, guest()), enter(b, guest()), enter(a, guest()), enter(b, guest())]);
      const watcher = await enter(b, guest());
      // Two sit on stage when it begins.
      for (const person of viewers.slice(1, 3)) {
        await answer(person, (await invite(staffed[0] ?? person, person.key)).id);
        await sendFrom(person.socket, session.id);
      }
      for (const together of rounds) await Promise.all(together.map((each) => dare(take(each, staffed, viewers))));

      const ownerOf = new Map(viewers.map((person) => [person.socket.raw.id ?? '', person.key]));
      /** What the watcher's page would show, from the feed alone. */
      const drawn = () => {
        const shown = new Map<string, StageGuest>();
        for (const { guest: seated, on } of watcher.entries) {
          if (on) shown.set(seated.key, seated);
          else shown.delete(seated.key);
        }
        return [...shown.values()].sort((x, y) => x.key.localeCompare(y.key));
      };
      const seats = async () => (await onStage(a)).sort((x, y) => x.key.localeCompare(y.key));
      await until(async () => JSON.stringify(drawn()) === JSON.stringify(await seats()));
      const seated = new Map((await seats()).map((each) => [each.key, each]));
      expect(seated.size).toBeLessThanOrEqual(2);
      seen.muted += [...seated.values()].filter(({ muted }) => muted).length;
      // Orders between nodes are on their way for a moment.
      await until(async () => {
        const { producers } = await media[0].plane.stageHealth(session.id);
        seen.sending += producers.length;
        return producers.every(({ publisherId, paused }) => {
          const holder = seated.get(ownerOf.get(publisherId) ?? '');
          return holder?.publisherId === publisherId && (paused || !holder.muted);
        });
      });
      await Promise.all([...staffed, ...viewers, watcher].map(({ socket }) => socket.close()));
    }),
    { numRuns: 12 },
  );
  // It was no empty game.
  expect(seen.sending).toBeGreaterThan(3);
  expect(seen.muted).toBeGreaterThan(0);
}, 120_000);
