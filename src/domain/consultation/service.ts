import { CodedError, type Consultation, type ConsultationMessage, type EventData, type EventPayload } from '../../contract/index.ts';
import { type Actor, admit, authorize, authorizeHidden, demandAccount, isStaff, roleFor, viewerKeyOf } from '../actor.ts';
import type { DemandAllowance } from '../allowance.ts';
import { addressOf } from '../masking.ts';
import { afterId, afterTime, type Page, pageById, pageByTime } from '../page.ts';
import type { Clock, Log, NamesOf, NewId, Notify } from '../ports.ts';
import {
  type ConsultationChange,
  type ConsultationRow,
  type ConsultationStore,
  type ConsultationView,
  type MessageRow,
  queueKey,
} from './store.ts';

/** How many of those waiting are told at once that they moved up; the others learn it when they look. */
const TOLD_OF_MOVING_UP = 50;
/** What a viewer may say to companies. */
const ALLOWED = { limit: 30, windowMs: 60_000 };

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** Conversations of viewers with companies, with a place in a queue (rule C1). Repeating a once id changes nothing. */
export interface ConsultationService {
  /** @throws CodedError NOT_FOUND, SESSION_NOT_LIVE, SESSION_ENDED, POSITION_ELSEWHERE */
  ask(actor: Actor, input: EventPayload<'consultation.ask'>): Promise<EventData<'consultation.ask'>>;
  /** @throws CodedError NOT_FOUND, CONSULTATION_CLOSED */
  send(actor: Actor, input: EventPayload<'consultation.send'>): Promise<EventData<'consultation.send'>>;
  /** Closing a closed one changes nothing. @throws CodedError NOT_FOUND */
  close(actor: Actor, consultationId: string): Promise<Consultation>;
  /** @throws CodedError NOT_FOUND */
  listOfSession(actor: Actor, sessionId: string, query: PageQuery): Promise<Page<Consultation>>;
  listOwn(actor: Actor, query: PageQuery & { sessionId?: string | undefined }): Promise<Page<Consultation>>;
  /** @throws CodedError NOT_FOUND */
  messages(actor: Actor, consultationId: string, query: PageQuery): Promise<Page<ConsultationMessage>>;
}

export interface ConsultationDependencies {
  store: ConsultationStore;
  namesOf: NamesOf;
  notify: Notify;
  demandAllowance: DemandAllowance;
  /** Called after facts were recorded, so that they are relayed at once. */
  onRecorded: () => void;
  clock: Clock;
  newId: NewId;
  log: Log;
}

const usedOnce = () => new CodedError('BAD_INPUT', { issues: [{ path: 'onceId', message: 'was used for another message' }] });
const scopeOf = (row: ConsultationRow) => ({ fairId: row.fairId, companyIds: [row.companyId], sessionId: row.sessionId });

export function createConsultationService(dependencies: ConsultationDependencies): ConsultationService {
  const { store, namesOf, notify, demandAllowance, onRecorded, clock, newId, log } = dependencies;

  async function present(views: readonly ConsultationView[], messages: readonly MessageRow[] = []) {
    const shown = [...messages, ...views.flatMap((view) => view.lastMessage ?? [])];
    const names = await namesOf([...new Set([...views.map((view) => view.accountId), ...shown.map((message) => message.authorId)])]);
    const messageOf = ({ authorId, ...row }: MessageRow): ConsultationMessage => ({
      ...row,
      authorName: row.from === 'viewer' ? addressOf(authorId, names.get(authorId)) : (names.get(authorId) ?? ''),
    });
    return {
      consultations: views.map(
        ({ accountId, fairId, lastMessage, ...row }): Consultation => ({
          ...row,
          viewerName: addressOf(accountId, names.get(accountId)),
          lastMessage: lastMessage && messageOf(lastMessage),
        }),
      ),
      messages: messages.map(messageOf),
    };
  }

  async function demand(consultationId: string): Promise<ConsultationView> {
    const view = await store.find(consultationId);
    if (!view) throw new CodedError('NOT_FOUND');
    return view;
  }

  /** Those behind a place that became free moved up by one. */
  async function tellThoseBehind(row: ConsultationRow): Promise<void> {
    try {
      const behind = await store.waitingBehind(row, TOLD_OF_MOVING_UP);
      const { consultations } = await present(behind);
      behind.forEach((view, index) => {
        const consultation = consultations[index];
        if (consultation) notify.account(view.accountId, 'consultation.updated', { consultation });
      });
    } catch (error) {
      log.warn({ err: error, consultationId: row.id }, 'those waiting behind could not be told');
    }
  }

  /** What the sender is answered, and everybody concerned is told unless it was a repetition. */
  async function conclude(consultationId: string, { message, repeated }: Sent): Promise<EventData<'consultation.send'>> {
    const view = await demand(consultationId);
    const shown = await present([view], [message]);
    const [consultation] = shown.consultations;
    const [said] = shown.messages;
    if (!consultation || !said) throw new CodedError('INTERNAL');
    if (!repeated) {
      notify.account(view.accountId, 'consultation.message', { consultation, message: said });
      notify.company(view.companyId, 'consultation.message', { consultation, message: said });
    }
    return { consultation, message: said };
  }

  async function add(change: ConsultationChange, message: MessageRow & { onceId: string }): Promise<Sent> {
    const added = await change.addMessage(message);
    if (!added) throw usedOnce();
    return { message: added, repeated: false };
  }

  return {
    async ask(actor, { onceId, text, ...place }) {
      authorize(actor, 'consultation.ask');
      const accountId = demandAccount(actor);
      await demandAllowance({ ...ALLOWED, key: `consultation:${accountId}` });
      const at = clock();
      const { id, ...sent } = await store.change(accountId, async (change) => {
        const repeated = await change.sent(accountId, onceId);
        if (repeated) {
          const earlier = await change.lock(repeated.consultationId);
          if (earlier?.sessionId !== place.sessionId || earlier.companyId !== place.companyId) throw usedOnce();
          return { id: earlier.id, message: repeated, repeated: true };
        }
        const venue = await change.venue(place);
        if (!venue?.companyTakesPart) throw new CodedError('NOT_FOUND');
        if (venue.sessionStatus === 'scheduled') throw new CodedError('SESSION_NOT_LIVE');
        if (venue.sessionStatus !== 'live') throw new CodedError('SESSION_ENDED');
        if (!venue.positionFits) throw new CodedError('POSITION_ELSEWHERE');
        const { id, created } = await change.enqueue({ ...place, id: newId(), accountId, askedAt: at });
        // The queue was locked meanwhile: a second tap of the same request has been answered by now.
        const doubled = await change.sent(accountId, onceId);
        if (doubled) {
          if (doubled.consultationId !== id) throw usedOnce();
          return { id, message: doubled, repeated: true };
        }
        if (created) {
          await change.record({
            id: `consultation.asked:${id}`,
            subjectId: place.sessionId,
            at,
            fact: {
              type: 'consultation.asked',
              consultationId: id,
              viewer: viewerKeyOf(actor),
              companyId: place.companyId,
              positionId: place.positionId,
            },
          });
        }
        return { id, ...(await add(change, { id: newId(), consultationId: id, from: 'viewer', authorId: accountId, onceId, text, at })) };
      });
      if (!sent.repeated) onRecorded();
      return conclude(id, sent);
    },

    async send(actor, { consultationId, onceId, text }) {
      const authorId = demandAccount(actor);
      const before = await demandAllowed(actor, consultationId, 'consultation.answer');
      const from = isStaff(actor) ? 'recruiter' : 'viewer';
      if (from === 'viewer') await demandAllowance({ ...ALLOWED, key: `consultation:${authorId}` });
      const at = clock();
      const { answered, ...sent } = await store.change(before.accountId, async (change) => {
        const row = await change.lock(consultationId);
        if (!row) throw new CodedError('NOT_FOUND');
        const repeated = await change.sent(authorId, onceId);
        if (repeated) {
          if (repeated.consultationId !== consultationId) throw usedOnce();
          return { message: repeated, repeated: true, answered: null };
        }
        if (row.status === 'closed') throw new CodedError('CONSULTATION_CLOSED');
        const answers = from === 'recruiter' && row.status === 'waiting';
        if (answers) await change.setStatus(consultationId, 'active', at);
        return {
          ...(await add(change, { id: newId(), consultationId, from, authorId, onceId, text, at })),
          answered: answers ? row : null,
        };
      });
      const reply = await conclude(consultationId, sent);
      if (answered) await tellThoseBehind(answered);
      return reply;
    },

    async close(actor, consultationId) {
      admit(actor, 'consultation.answer');
      const { accountId } = await demandAllowed(actor, consultationId, 'consultation.answer');
      const closed = await store.change(accountId, async (change) => {
        const row = await change.lock(consultationId);
        if (!row) throw new CodedError('NOT_FOUND');
        if (row.status === 'closed') return null;
        await change.setStatus(consultationId, 'closed', clock());
        return row;
      });
      const view = await demand(consultationId);
      const [consultation] = (await present([view])).consultations;
      if (!consultation) throw new CodedError('INTERNAL');
      if (closed) {
        notify.account(view.accountId, 'consultation.updated', { consultation });
        notify.company(view.companyId, 'consultation.updated', { consultation });
        if (closed.status === 'waiting') await tellThoseBehind(closed);
      }
      return consultation;
    },

    async listOfSession(actor, sessionId, query) {
      admit(actor, 'consultation.read');
      const session = await store.session(sessionId);
      if (!session) throw new CodedError('NOT_FOUND');
      const scope = (companyId: string) => ({ fairId: session.fairId, companyIds: [companyId], sessionId });
      const companyIds = session.companyIds.filter((companyId) => roleFor(actor, 'consultation.read', scope(companyId)) !== null);
      if (companyIds.length === 0) throw new CodedError('FORBIDDEN');
      const page = pageByTime(await store.listOfSession(sessionId, companyIds, afterTime(query)), query.limit, queueKey);
      return { items: (await present(page.items)).consultations, next: page.next };
    },

    async listOwn(actor, { sessionId, ...query }) {
      authorize(actor, 'consultation.readOwn');
      const rows = await store.listOfViewer(demandAccount(actor), sessionId, afterId(query));
      const page = pageById(rows, query.limit);
      return { items: (await present(page.items)).consultations, next: page.next };
    },

    async messages(actor, consultationId, query) {
      demandAccount(actor);
      await demandAllowed(actor, consultationId, 'consultation.read');
      const page = pageByTime(await store.messages(consultationId, afterTime(query)), query.limit, (row) => row.at);
      return { items: (await present([], page.items)).messages, next: page.next };
    },
  };

  /** The viewer's own, or one of the company's for its recruiter; others are told nothing of it. */
  async function demandAllowed(actor: Actor, consultationId: string, action: 'consultation.read' | 'consultation.answer') {
    if (isStaff(actor)) admit(actor, action);
    const view = await demand(consultationId);
    if (isStaff(actor)) authorizeHidden(actor, action, scopeOf(view));
    else if (view.accountId !== actor.accountId) throw new CodedError('NOT_FOUND');
    return view;
  }
}

interface Sent {
  message: MessageRow;
  /** The once id was seen before: nothing changed. */
  repeated: boolean;
}
