import * as fc from 'fast-check';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FactEvent, Session } from '../../src/contract/index.ts';
import { createDrainer } from '../../src/domain/funnel/drain.ts';
import { createRelay } from '../../src/domain/funnel/relay.ts';
import { createReportService } from '../../src/domain/funnel/report.ts';
import { closeSession } from '../../src/jobs/close-session.processor.ts';
import { createLedgerStore } from '../../src/store/sql/ledger.ts';
import { appendToOutbox, type RecordedEvent } from '../../src/store/sql/outbox.ts';
import { createOutboxStore } from '../../src/store/sql/outbox-relay.ts';
import { quietLog } from '../support/quiet-log.ts';
import { aSession, staff } from '../support/room-people.ts';
import { openRoomStores } from '../support/room-stores.ts';
import { openTestDatabase, openTestRedis, type TestDatabase, type TestRedis } from '../support/services.ts';

let redis: TestRedis;
let sql: TestDatabase;
let stores: ReturnType<typeof openRoomStores>;
let session: Session;

beforeAll(async () => {
  [redis, sql] = await Promise.all([openTestRedis(), openTestDatabase(8)]);
  stores = openRoomStores(redis.url, 60_000);
  session = aSession();
});
afterAll(async () => {
  stores.redis.disconnect();
  await Promise.all([redis.close(), sql.close()]);
});

function parts() {
  const { facts } = stores;
  const ledger = createLedgerStore(sql.database);
  const outbox = createOutboxStore(sql.database);
  const subjects = { session: async () => session, fair: async () => null };
  return {
    facts,
    ledger,
    outbox,
    drainer: createDrainer({ facts, ledger, log: quietLog, batch: 7 }),
    relay: createRelay({ outbox, facts, batch: 5 }),
    reports: createReportService({ facts, ledger, subjects, clock: Date.now }),
  };
}

const asked = (subjectId: string): RecordedEvent => {
  const consultationId = v7();
  return {
    id: `consultation.asked:${consultationId}`,
    subjectId,
    at: Date.now(),
    fact: { type: 'consultation.asked', consultationId, viewer: `a:${v7()}`, companyId: v7(), positionId: null },
  };
};
const commit = (events: RecordedEvent[]) => sql.database.transaction().execute((transaction) => appendToOutbox(transaction, events));

describe('from the outbox to the ledger', () => {
  test('R4: every committed fact reaches the ledger once, however many nodes relay and drain at once', async () => {
    const subjectId = v7();
    const events = Array.from({ length: 60 }, () => asked(subjectId));
    await Promise.all(events.map((event) => commit([event])));
    const nodes = [parts(), parts(), parts()];
    await Promise.all(nodes.map(({ relay }) => relay.relayAll()));
    await Promise.all([...nodes, ...nodes].map(({ drainer }) => drainer.drain(subjectId)));
    await nodes[0]?.drainer.drain(subjectId);
    const entries = await parts().ledger.entries(subjectId, 0, 1_000);
    expect(entries.map((entry) => entry.id).sort()).toEqual(events.map((event) => event.id).sort());
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(await parts().reports.verify(subjectId)).toBeNull();
    expect(await stores.redis.xlen(stores.keys.facts(subjectId))).toBe(0);
  });

  test('R4: a relay that dies after counting and before committing counts once', async () => {
    const subjectId = v7();
    const { facts, outbox, relay, drainer } = parts();
    await commit([asked(subjectId)]);
    const dying = outbox.relay(10, async (events: FactEvent[]) => {
      for (const event of events) await facts.record(event);
      throw new Error('killed here');
    });
    await expect(dying).rejects.toThrow('killed here');
    await relay.relayAll();
    await drainer.drain(subjectId);
    expect((await facts.counters(subjectId)).funnel.consultations).toBe(1);
    expect(await parts().ledger.entries(subjectId, 0, 10)).toHaveLength(1);
  });

  test('R4: a drainer that dies after the commit and before the trim appends nothing twice', async () => {
    const subjectId = v7();
    const { facts, ledger, drainer } = parts();
    for (let i = 0; i < 10; i += 1) await facts.record(asked(subjectId));
    const dying = createDrainer({ facts: { ...facts, trim: () => Promise.reject(new Error('killed here')) }, ledger, log: quietLog });
    await expect(dying.drain(subjectId)).rejects.toThrow('killed here');
    await drainer.drain(subjectId);
    expect(await ledger.entries(subjectId, 0, 100)).toHaveLength(10);
  });

  test('R4: what Redis lost between outbox and ledger is counted again when the session closes', async () => {
    const subjectId = v7();
    const { relay, drainer, facts, ledger, reports } = parts();
    await commit([asked(subjectId), asked(subjectId)]);
    await relay.relayAll();
    await stores.redis.del(stores.keys.facts(subjectId), stores.keys.factIds(subjectId), stores.keys.counters(subjectId));
    await closeSession(
      { sessionId: subjectId },
      {
        endVisits: stores.audience.close,
        closeStage: async () => undefined,
        relayAll: relay.relayAll,
        drain: drainer.drain.bind(drainer),
        restore: relay.restore,
        verify: reports.verify,
        log: quietLog,
      },
    );
    expect(await ledger.entries(subjectId, 0, 10)).toHaveLength(2);
    expect((await facts.counters(subjectId)).funnel.consultations).toBe(2);
  });

  test('the payload of a job is parsed', async () => {
    const none = async () => undefined;
    const steps = {
      endVisits: none,
      closeStage: none,
      relayAll: none,
      drain: async () => 0,
      restore: async () => 0,
      verify: async () => null,
      log: quietLog,
    };
    await expect(closeSession({ sessionId: 'not-an-id' }, steps)).rejects.toThrow();
  });
});

describe('reports', () => {
  const organizer = () => staff('organizer', session);

  test('R1: counters, ledger and recomputed figures agree after any story', async () => {
    const act = fc.record({
      what: fc.constantFrom('join', 'leave', 'view', 'ask'),
      who: fc.nat(4),
      account: fc.boolean(),
      position: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 30 }), async (story) => {
        session = aSession();
        const { facts, drainer, reports } = parts();
        for (const { what, who, account, position } of story) {
          const device = `d:device-${who}`;
          const accountKey = account ? `a:account-${who % 2}` : null;
          const connection = `n.1/${who}`;
          if (what === 'join')
            await stores.audience.join({ sessionId: session.id, connection, device, account: accountKey, campus: null, newVisitId: v7() });
          else if (what === 'leave') await stores.audience.leave(session.id, connection);
          else if (what === 'ask') await facts.record(asked(session.id));
          else {
            const view = { sessionId: session.id, viewer: accountKey ?? device, retryKey: device, onceId: v7() };
            await facts.openPosition({ ...view, positionId: `00000000-0000-4000-8000-00000000000${position}` });
          }
        }
        await stores.audience.close(session.id);
        await drainer.drain(session.id);
        const report = await reports.session(organizer(), session.id);
        expect(report.recomputed).toEqual(report.funnel);
        expect(report).toMatchObject({ agrees: true, ledger: { pending: 0 } });
      }),
      { numRuns: 25 },
    );
  });

  test('R1: a counter that was tampered with, and a changed ledger, are shown as faults', async () => {
    session = aSession();
    const { facts, drainer } = parts();
    await facts.record(asked(session.id));
    await drainer.drain(session.id);
    await stores.redis.hincrby(stores.keys.counters(session.id), 'consultations', 5);
    expect((await parts().reports.session(organizer(), session.id)).agrees).toBe(false);
    await stores.redis.hincrby(stores.keys.counters(session.id), 'consultations', -5);
    expect((await parts().reports.session(organizer(), session.id)).agrees).toBe(true);
    await sql.database
      .updateTable('ledger')
      .set({ at: new Date(0) })
      .where('subject_id', '=', session.id)
      .execute();
    expect((await parts().reports.session(organizer(), session.id)).agrees).toBe(false);
    expect(await parts().reports.verify(session.id)).toBe(1);
  });

  test('what is counted and not drained yet is shown as pending', async () => {
    session = aSession();
    const { facts, reports } = parts();
    await facts.record(asked(session.id));
    const report = await reports.session(organizer(), session.id);
    expect(report).toMatchObject({ agrees: true, ledger: { entries: 0, pending: 1, head: null } });
    expect(report.funnel.consultations).toBe(1);
    expect(report.recomputed.consultations).toBe(0);
  });

  test('staff without a grant there may not read it', async () => {
    session = aSession();
    const { reports } = parts();
    await expect(reports.session(staff('organizer', aSession()), session.id)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(reports.fair(organizer(), v7())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
