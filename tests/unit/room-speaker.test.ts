import { createHmac } from 'node:crypto';
import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { maskedName, speakerOf } from '../../src/domain/chat/speaker.ts';
import { frameIntervalMs } from '../../src/realtime/feed-tails.ts';
import { createTokenBucket } from '../../src/realtime/token-bucket.ts';
import { aSession, guest, staff, viewer } from '../support/room-people.ts';

const index = (purpose: string, text: string) => createHmac('sha256', 'test').update(`${purpose}\n${text}`).digest();

describe('speakers', () => {
  test('a guest is the same in one session, somebody else in another, and no id shows', () => {
    const [one, other, device] = [v7(), v7(), v7()];
    const actor = guest(device);
    expect(speakerOf(actor, 'guest', one, index)).toEqual(speakerOf(actor, 'guest', one, index));
    expect(speakerOf(actor, 'guest', one, index).key).not.toBe(speakerOf(actor, 'guest', other, index).key);
    expect(JSON.stringify(speakerOf(actor, 'guest', one, index))).not.toContain(device);
  });

  test.each([
    ['王小明', '王同学'],
    ['欧阳娜娜', '欧阳同学'],
    ['欧阳', '欧同学'],
    ['', null],
    ['求职者1234', null],
    ['Li Hua', null],
    ['13800138000', null],
  ])('%s is called %s', (name, called) => expect(maskedName(name)).toBe(called));

  test('a viewer without a Chinese name gets a number, staff keep their name', () => {
    const session = aSession();
    expect(speakerOf(viewer(v7(), v7(), 'Li Hua'), 'viewer', session.id, index).name).toMatch(/^求职者\d{4}$/);
    expect(speakerOf(staff('recruiter', session), 'recruiter', session.id, index)).toMatchObject({ name: '陈招聘', role: 'recruiter' });
  });
});

describe('pace', () => {
  test('frames are gathered longer the more people watch, a second at most', () => {
    expect([1, 500, 2_000, 10_000, 100_000].map(frameIntervalMs)).toEqual([50, 50, 200, 1_000, 1_000]);
  });

  test('a bucket admits bursts of twice the rate, then the rate, and says when to come back', () => {
    let now = 0;
    const take = createTokenBucket(10, () => now);
    for (let i = 0; i < 20; i += 1) expect(take()).toBe(0);
    expect(take()).toBe(100);
    now += 100;
    expect(take()).toBe(0);
    expect(take()).toBeGreaterThan(0);
    now -= 5_000;
    expect(take()).toBeGreaterThan(0);
  });
});
