import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CodedError } from '../../src/contract/index.ts';
import { type CallRecord, type CallTimes, callOf, dueAt, isPresent, peopleOf } from '../../src/domain/call/record.ts';
import { demandParty, end, handOver, hangUp, join, leave, lookAfter, start } from '../../src/domain/call/rules.ts';

const times: CallTimes = { ringMs: 45_000, limitMs: 900_000, aloneMs: 30_000, settleMs: 5_000, rememberMs: 3_600_000 };
const viewer = { accountId: 'viewer', name: '王同学' };
const recruiters = [
  { accountId: 'recruiter-1', name: '陈招聘' },
  { accountId: 'recruiter-2', name: '李经理' },
] as const;
const consultation = {
  id: 'consultation',
  sessionId: 'session',
  fairId: 'fair',
  companyId: 'company',
  companyName: '测试光伏',
  accountId: viewer.accountId,
  status: 'active' as const,
};
const begin = (now = 0) => start(null, { id: 'call', consultation, viewer, recruiter: recruiters[0] }, now, times);

type Step =
  | { do: 'join' | 'leave'; who: number; tab: number }
  | { do: 'hangUp'; who: number }
  | { do: 'handOver'; from: number; to: number }
  | { do: 'wait'; ms: number };
const people = [viewer.accountId, ...recruiters.map(({ accountId }) => accountId)];
const who = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), who, tab: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hangUp' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('handOver' as const), from: who, to: who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 60_000 }) }) },
);

/** A step as the service takes it: refusals change nothing. */
function take(call: CallRecord, given: Exclude<Step, { do: 'wait' }>, now: number): CallRecord {
  const person = (index: number) => people[index] ?? '';
  try {
    switch (given.do) {
      case 'join':
        return join(demandParty(call, person(given.who)), person(given.who), `${person(given.who)} ${given.tab}`, now, times);
      case 'leave':
        return leave(call, [`${person(given.who)} ${given.tab}`], now);
      case 'hangUp':
        return hangUp(demandParty(call, person(given.who)), person(given.who), now);
      case 'handOver': {
        const to = recruiters.find(({ accountId }) => accountId === person(given.to));
        return to ? handOver(demandParty(call, person(given.from)), person(given.from), to, now, times) : call;
      }
      default:
        return given satisfies never;
    }
  } catch (error) {
    if (error instanceof CodedError) return call;
    throw error;
  }
}

function check(before: CallRecord, after: CallRecord): void {
  const ofParties = new Set([after.viewer.accountId, after.recruiter.accountId]);
  // Nobody but the two sides is ever in the room.
  expect(Object.values(after.connections).every((owner) => ofParties.has(owner))).toBe(true);
  expect(new Set(peopleOf(after)).size).toBe(peopleOf(after).length);
  expect(after.viewer).toEqual(viewer);
  // What has ended stays ended, as it ended.
  if (before.status === 'ended') expect({ ...after, settled: false }).toEqual({ ...before, settled: false });
  expect(after.status === 'ended').toBe(after.endedAt !== null && after.endReason !== null);
  if (after.status === 'ended') expect([peopleOf(after), Object.keys(after.connections), after.heir]).toEqual([[], [], null]);
  // Answered once, with one time limit.
  if (before.answeredAt !== null) expect([after.answeredAt, after.endsAt]).toEqual([before.answeredAt, before.endsAt]);
  if (after.status === 'active') {
    expect(after.endsAt).toBe((after.answeredAt ?? 0) + times.limitMs);
    for (const side of ['viewer', 'recruiter'] as const) {
      expect(after.absentSince[side] === null).toBe(isPresent(after, after[side].accountId));
    }
  }
}

describe('whatever people do, in whatever order', () => {
  test('a call stays one of its two sides, ends once, and never later than it must', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let call: CallRecord = begin();
        let now = 0;
        for (const given of steps) {
          let after: CallRecord | null = call;
          if (given.do === 'wait') {
            now += given.ms;
            after = lookAfter(call, now, times);
            // Looking after it twice is looking after it once, and nothing is due any more.
            if (after) {
              expect(lookAfter(after, now, times)).toBe(after);
              expect(dueAt(after, times)).toBeGreaterThan(now);
            }
          } else after = take(call, given, now);
          if (!after) return expect(call.status).toBe('ended');
          check(call, after);
          call = after;
        }
        // Left alone, it ends and is forgotten.
        for (let rounds = 0; rounds < 10; rounds += 1) {
          now = dueAt(call, times);
          const after = lookAfter(call, now, times);
          if (!after) return;
          expect(after).not.toBe(call);
          check(call, after);
          call = after;
        }
        throw new Error('it is never forgotten');
      }),
      { numRuns: 400 },
    );
  });
});

test('the reasons for an end say who ended what', () => {
  const ringing = begin();
  expect(hangUp(ringing, viewer.accountId, 1).endReason).toBe('declined');
  expect(hangUp(ringing, recruiters[0].accountId, 1).endReason).toBe('hung-up');
  expect(lookAfter(ringing, 45_000, times)?.endReason).toBe('unanswered');
  const answered = join(join(ringing, recruiters[0].accountId, 'r', 1, times), viewer.accountId, 'v', 10, times);
  expect(hangUp(answered, viewer.accountId, 11).endReason).toBe('hung-up');
  expect(lookAfter(answered, 10 + 900_000, times)?.endReason).toBe('time-up');
  expect(lookAfter(leave(answered, ['v'], 20), 30_019, times)?.status).toBe('active');
  expect(lookAfter(leave(answered, ['v'], 20), 30_020, times)?.endReason).toBe('left');
  expect(end(end(answered, 'consultation-closed', 5), 'hung-up', 6).endReason).toBe('consultation-closed');
});

test('a person is in a call through four connections at most', () => {
  const joined = ['1', '2', '3', '4'].reduce((call, id) => join(call, viewer.accountId, id, 1, times), begin());
  expect(() => join(joined, viewer.accountId, '5', 1, times)).toThrow(new CodedError('RATE_LIMITED', { retryAfterMs: 5_000 }));
  expect(join(joined, recruiters[0].accountId, '5', 1, times).connections).toMatchObject({ '5': recruiters[0].accountId });
});

test('what people are shown of a call bears no connection and no internal state', () => {
  const shown = callOf(join(begin(), recruiters[0].accountId, 'connection-of-the-recruiter', 1, times));
  expect(JSON.stringify(shown)).not.toContain('connection-of');
  expect(Object.keys(shown).sort()).toEqual(
    [
      'answeredAt',
      'companyId',
      'companyName',
      'consultationId',
      'endReason',
      'endedAt',
      'endsAt',
      'id',
      'present',
      'recruiterId',
      'recruiterName',
      'sessionId',
      'startedAt',
      'status',
      'viewerName',
    ].sort(),
  );
});
