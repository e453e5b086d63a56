import { CodedError, type FieldIssue, type Session, type SessionInput, type SessionStatus } from '../../contract/index.ts';
import { type Actor, authorize, scopeOfSession } from '../actor.ts';
import { today } from '../calendar.ts';
import { afterTime, type Page, pageByTime } from '../page.ts';
import type { Clock, Log, NewId } from '../ports.ts';
import { createReadCache } from '../read-cache.ts';
import type { CompanyLookup, FairLookup, SessionFilter, SessionStore } from './store.ts';

export type SessionQuery = SessionFilter & { limit: number; cursor?: string | undefined };

/** Sessions: scheduled → live → ended → sealed. */
export interface SessionService {
  create(actor: Actor, fairId: string, input: SessionInput): Promise<Session>;
  /** @throws CodedError SESSION_STATE once it has started */
  edit(actor: Actor, sessionId: string, changes: Partial<SessionInput>): Promise<Session>;
  list(query: SessionQuery): Promise<Page<Session>>;
  /** @throws CodedError NOT_FOUND */
  get(sessionId: string): Promise<Session>;
  /** Repeating it changes nothing. @throws CodedError SESSION_ENDED, LICENCE_INVALID */
  start(actor: Actor, sessionId: string): Promise<Session>;
  /** Repeating it changes nothing. @throws CodedError SESSION_STATE before the start */
  end(actor: Actor, sessionId: string): Promise<Session>;
  /** For other services: up to a second old, fresh on the node that changed it. */
  find(sessionId: string): Promise<Session | null>;
}

export interface SessionDependencies {
  store: SessionStore;
  fairs: FairLookup;
  companies: CompanyLookup;
  /** What is wrong with a company's licence on a date. */
  licenceGaps: (company: { name: string; licenceNumber: string; licenceExpiresOn: string | null }, today: string) => FieldIssue[];
  /** Called after a start or an end was committed, once. A failure is logged: the fact is recorded already. */
  onChanged: (session: Session) => Promise<void> | void;
  clock: Clock;
  newId: NewId;
  log: Log;
}

export function createSessionService(dependencies: SessionDependencies): SessionService {
  const { store, fairs, companies, licenceGaps, onChanged, clock, newId, log } = dependencies;
  const cache = createReadCache<Session>({ read: (id) => store.find(id), clock, lifeMs: 1_000, size: 500 });

  async function demand(sessionId: string): Promise<Session> {
    const session = await store.find(sessionId);
    if (!session) throw new CodedError('NOT_FOUND');
    return session;
  }

  async function demandCompanies(fairId: string, companyIds: readonly string[]): Promise<string[]> {
    const distinct = [...new Set(companyIds)];
    const found = await Promise.all(distinct.map((id) => companies.find(id)));
    if (found.some((company) => company?.fairId !== fairId)) throw new CodedError('NOT_FOUND');
    return distinct;
  }

  async function demandLicences(session: Session): Promise<void> {
    const fair = await fairs.find(session.fairId);
    const date = today(clock, fair?.timeZone ?? 'Asia/Shanghai');
    const found = await Promise.all(session.companies.map((company) => companies.find(company.id)));
    const issues = found.flatMap((company) => (company ? licenceGaps(company, date) : []));
    if (issues.length > 0) throw new CodedError('LICENCE_INVALID', { issues });
  }

  /** Moves a session on and tells the others; answers the status it was found in. */
  async function advance(sessionId: string, from: SessionStatus, to: 'live' | 'ended'): Promise<{ was: SessionStatus; session: Session }> {
    const was = await store.advance(sessionId, from, to, clock());
    cache.forget(sessionId);
    const session = await demand(sessionId);
    if (was === from) {
      try {
        await onChanged(session);
      } catch (error) {
        log.error({ err: error, sessionId, status: to }, 'the change of a session could not be announced');
      }
    }
    return { was: was ?? session.status, session };
  }

  return {
    async create(actor, fairId, input) {
      if (!(await fairs.find(fairId))) throw new CodedError('NOT_FOUND');
      authorize(actor, 'session.schedule', { fairId });
      const companyIds = await demandCompanies(fairId, input.companyIds);
      const id = newId();
      await store.insert({ ...input, id, fairId, companyIds, createdAt: clock() });
      return demand(id);
    },

    async edit(actor, sessionId, changes) {
      const session = await demand(sessionId);
      authorize(actor, 'session.schedule', scopeOfSession(session));
      const companyIds = changes.companyIds ? await demandCompanies(session.fairId, changes.companyIds) : undefined;
      if (!(await store.update(sessionId, { ...changes, ...(companyIds ? { companyIds } : {}) }))) throw new CodedError('SESSION_STATE');
      cache.forget(sessionId);
      return demand(sessionId);
    },

    async list({ limit, cursor, ...filter }) {
      const page = afterTime({ limit, cursor });
      return pageByTime(await store.list(filter, page), page.limit, (session) => session.startsAt);
    },

    get: demand,

    async start(actor, sessionId) {
      const found = await demand(sessionId);
      authorize(actor, 'session.start', scopeOfSession(found));
      if (found.status === 'scheduled') await demandLicences(found);
      const { was, session } = await advance(sessionId, 'scheduled', 'live');
      if (was === 'ended' || was === 'sealed') throw new CodedError('SESSION_ENDED');
      return session;
    },

    async end(actor, sessionId) {
      authorize(actor, 'session.end', scopeOfSession(await demand(sessionId)));
      const { was, session } = await advance(sessionId, 'live', 'ended');
      if (was === 'scheduled') throw new CodedError('SESSION_STATE');
      return session;
    },

    find: (sessionId) => cache.get(sessionId),
  };
}
