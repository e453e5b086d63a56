import { v7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLoop } from '../../src/jobs/loop.ts';
import { createQueues } from '../../src/jobs/queues.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createTrace } from '../../src/telemetry/trace.ts';
import { quietLog } from '../support/quiet-log.ts';
import { openTestRedis, type TestRedis } from '../support/services.ts';
import { until } from '../support/until.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await openTestRedis();
});
afterAll(() => redis.close());

test('a session is closed once by one of the nodes, and again after a failure', async () => {
  const done: string[] = [];
  const servedFor: (string | undefined)[] = [];
  const trace = createTrace();
  let failures = 1;
  const node = (name: string) =>
    createQueues({
      connect: () => openRedis(redis.url, 'blocking', () => undefined),
      prefix: '{test:jobs}',
      steps: {
        endVisits: async () => undefined,
        closeStage: async () => undefined,
        relayAll: async () => undefined,
        async drain() {
          // Another node is at it: the job is tried again.
          failures -= 1;
          return failures >= 0 ? null : 0;
        },
        restore: async () => 0,
        async verify(sessionId) {
          done.push(`${name} ${sessionId}`);
          servedFor.push(trace.current());
          return null;
        },
        log: quietLog,
      },
      trace,
      log: quietLog,
    });
  const nodes = [node('a'), node('b')];
  const sessionId = v7();
  await Promise.all(nodes.map((one) => trace.run('request-1', () => one.closeSession(sessionId))));
  await until(() => done.length > 0);
  // The job's log lines are found with those of the request that caused it.
  expect(servedFor).toEqual(['request-1']);
  await nodes[0]?.closeSession(sessionId);
  await Promise.all(nodes.map((one) => one.stop()));
  expect(done).toHaveLength(1);
});

test('a loop runs at once when nudged, never twice at a time, and goes on after a failure', async () => {
  let running = 0;
  let most = 0;
  let rounds = 0;
  const loop = createLoop({
    name: 'test',
    everyMs: 60_000,
    async run() {
      running += 1;
      most = Math.max(most, running);
      rounds += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      if (rounds === 1) throw new Error('the first round fails');
    },
    log: quietLog,
  });
  loop.start();
  for (let i = 0; i < 10; i += 1) loop.nudge();
  await until(() => rounds === 2 && running === 0);
  loop.nudge();
  await until(() => rounds === 3);
  await loop.stop();
  loop.nudge();
  expect({ most, running, rounds }).toEqual({ most: 1, running: 0, rounds: 3 });
});
