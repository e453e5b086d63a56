import { LRUCache } from 'lru-cache';
import { CodedError, emptyFunnel, type FairReport, type Funnel, type Session, type SessionReport } from '../../contract/index.ts';
import { type Actor, authorize, scopeOfSession } from '../actor.ts';
import type { Clock } from '../ports.ts';
import { findBreak, GENESIS } from './chain.ts';
import { createFunnelFold, type FunnelFold } from './fold.ts';
import { seriesOf } from './series.ts';
import type { FactStore, LedgerStore, ReportSubjects } from './store.ts';

export interface ReportOptions {
  facts: Pick<FactStore, 'counters' | 'minutes'>;
  ledger: LedgerStore;
  subjects: ReportSubjects;
  clock: Clock;
}

const PAGE = 2_000;

const equal = (a: Funnel, b: Funnel) => (Object.keys(emptyFunnel) as (keyof Funnel)[]).every((name) => a[name] === b[name]);

function sum(funnels: readonly Funnel[]): FairReport['totals'] {
  const { concurrentViewers, peakViewers, uniqueViewers, ...none } = emptyFunnel;
  const totals = { ...none };
  for (const funnel of funnels) for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += funnel[name];
  return totals;
}

/** Reports of sessions and fairs: the counters, and the same figures from the ledger alone (rule R1). */
export function createReportService({ facts, ledger, subjects, clock }: ReportOptions) {
  // A report is polled while a session is live: only what the ledger gained since is read again.
  const folds = new LRUCache<string, { fold: FunnelFold; seq: number; hash: string }>({ max: 50 });

  /** Folds the ledger from where this node last left off, checking the hash chain on the way. */
  async function read(subjectId: string): Promise<{ recomputed: Funnel; entries: number; head: string | null; intact: boolean }> {
    const state = folds.get(subjectId) ?? { fold: createFunnelFold(), seq: 0, hash: GENESIS };
    for (;;) {
      const page = await ledger.entries(subjectId, state.seq, PAGE);
      // Somebody else may have read the same page meanwhile.
      const fresh = page.filter((entry) => entry.seq > state.seq);
      if (findBreak(fresh, state) !== null) {
        folds.delete(subjectId);
        return { recomputed: state.fold.funnel(), entries: state.seq, head: state.hash, intact: false };
      }
      for (const entry of fresh) {
        state.fold.apply(entry.fact);
        state.seq = entry.seq;
        state.hash = entry.hash;
      }
      if (page.length < PAGE) break;
    }
    folds.set(subjectId, state);
    return { recomputed: state.fold.funnel(), entries: state.seq, head: state.seq > 0 ? state.hash : null, intact: true };
  }

  async function demand(actor: Actor, sessionId: string): Promise<Session> {
    const session = await subjects.session(sessionId);
    if (!session) throw new CodedError('NOT_FOUND');
    authorize(actor, 'report.read', scopeOfSession(session));
    return session;
  }

  return {
    /** @throws CodedError NOT_FOUND, FORBIDDEN */
    async session(actor: Actor, sessionId: string): Promise<SessionReport> {
      const session = await demand(actor, sessionId);
      // The ledger first: it only grows, so what the counters know besides is what is not drained yet.
      const { recomputed, entries, head, intact } = await read(sessionId);
      const [counters, minutes] = await Promise.all([facts.counters(sessionId), facts.minutes(sessionId)]);
      const pending = counters.facts - entries;
      return {
        session,
        funnel: counters.funnel,
        series: seriesOf(session, minutes, clock()),
        ledger: { entries, pending: Math.max(0, pending), head },
        recomputed,
        agrees: intact && (pending > 0 || (pending === 0 && equal(counters.funnel, recomputed))),
        generatedAt: clock(),
      };
    },

    /** @throws CodedError NOT_FOUND, FORBIDDEN */
    async fair(actor: Actor, fairId: string): Promise<FairReport> {
      const fair = await subjects.fair(fairId);
      if (!fair) throw new CodedError('NOT_FOUND');
      authorize(actor, 'report.read', { fairId });
      const { sessions, companies, positions, headcount } = fair;
      const counted = await Promise.all(sessions.map(async (session) => ({ session, funnel: (await facts.counters(session.id)).funnel })));
      // What happened outside any session belongs to the fair itself.
      const outside = (await facts.counters(fairId)).funnel;
      const totals = sum([...counted.map(({ funnel }) => funnel), outside]);
      return { fairId, sessions: counted, companies, positions, headcount, totals, generatedAt: clock() };
    },

    /**
     * Reads a subject's whole ledger again and says whether it is whole.
     * @returns the first sequence whose hash is wrong, or null
     */
    async verify(subjectId: string): Promise<number | null> {
      let from = { seq: 0, hash: GENESIS };
      for (;;) {
        const page = await ledger.entries(subjectId, from.seq, PAGE);
        const broken = findBreak(page, from);
        if (broken !== null) return broken;
        const last = page.at(-1);
        if (!last || page.length < PAGE) return null;
        from = { seq: last.seq, hash: last.hash };
      }
    },
  };
}
export type ReportService = ReturnType<typeof createReportService>;
