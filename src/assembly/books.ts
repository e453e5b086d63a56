import type { Session } from '../contract/index.ts';
import { createAnnouncement } from '../domain/feed/session-changes.ts';
import { createDrainer } from '../domain/funnel/drain.ts';
import { createRelay } from '../domain/funnel/relay.ts';
import { createReportService } from '../domain/funnel/report.ts';
import type { Clock, Trace } from '../domain/ports.ts';
import { createLoop } from '../jobs/loop.ts';
import { createQueues } from '../jobs/queues.ts';
import { createReportSubjects } from '../store/sql/report-subjects.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Stores } from './stores.ts';

export interface BooksOptions {
  stores: Stores;
  findSession: (sessionId: string) => Promise<Session | null>;
  endVisits: (sessionId: string) => Promise<void>;
  closeStage: (sessionId: string) => Promise<void>;
  metrics: Metrics;
  clock: Clock;
  trace: Trace;
  log: Logger;
}

/** Polls are the net below the nudges: what another node recorded, what a crash left behind. */
const RELAY_EVERY_MS = 1_000;
const DRAIN_EVERY_MS = 1_000;

/** The way of a fact from the outbox through the stream into the ledger, and the reports read from it. */
export function createBooks({ stores, findSession, endVisits, closeStage, metrics, clock, trace, log }: BooksOptions) {
  const { facts, ledger, outbox } = stores;
  const reports = createReportService({
    facts,
    ledger,
    subjects: createReportSubjects({ database: stores.database, findSession }),
    clock,
  });
  const relay = createRelay({
    outbox,
    facts,
    // Whoever committed a start or an end may have died before telling anybody.
    async ensure({ subjectId, fact }) {
      if (fact.type === 'session.live') await announce({ id: subjectId, status: 'live' });
      if (fact.type === 'session.ended') await announce({ id: subjectId, status: 'ended' });
    },
    onRelayed: metrics.outboxRelayed,
  });
  const drainer = createDrainer({ facts, ledger, log, onDrained: metrics.ledgerDrained });
  const draining = createLoop({ name: 'drain', everyMs: DRAIN_EVERY_MS, run: () => drainer.drainAll(), log });
  const relaying = createLoop({
    name: 'relay',
    everyMs: RELAY_EVERY_MS,
    run: () => relay.relayAll(),
    log,
  });
  const queues = createQueues({
    connect: () => stores.connect('blocking'),
    prefix: stores.keys.jobs,
    steps: {
      endVisits,
      closeStage,
      relayAll: () => relay.relayAll(),
      drain: (subjectId) => drainer.drain(subjectId),
      restore: (subjectId) => relay.restore(subjectId),
      verify: (subjectId) => reports.verify(subjectId),
      log,
    },
    trace,
    log,
  });
  const announce = createAnnouncement({ feed: stores.feed, scheduleClosing: queues.closeSession });
  return {
    reports,
    /** Facts were recorded: relay them now. */
    recorded: relaying.nudge,
    scheduleClosing: queues.closeSession,
    start(): void {
      relaying.start();
      draining.start();
    },
    async stop(): Promise<void> {
      await queues.stop();
      await relaying.stop();
      await draining.stop();
    },
  };
}
export type Books = ReturnType<typeof createBooks>;
