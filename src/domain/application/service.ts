import {
  type ApplicationInput,
  type ApplicationListItem,
  CodedError,
  type MyApplication,
  type OpenedApplication,
  type Outcome,
} from '../../contract/index.ts';
import { type Actor, admit, authorize, authorizeHidden, demandAccount, grantsFor } from '../actor.ts';
import { today } from '../calendar.ts';
import { afterId, type Page, pageById } from '../page.ts';
import type { NamesOf, Notify } from '../ports.ts';
import type { FileLinks } from './file-links.ts';
import { createPresentOwn, listItemOf } from './present.ts';
import type { ApplicationRow, ApplicationView, OutcomeKind, StaffFilter } from './store.ts';
import { createSubmission, type SubmissionDependencies } from './submission.ts';

interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** Applications of viewers to positions, the résumés given with them, and what came of them. */
export interface ApplicationService {
  /** Rule A1. @throws CodedError NOT_FOUND, POSITION_CLOSED, POSITION_ELSEWHERE, SESSION_NOT_LIVE, CONSENT_REQUIRED, TOO_LARGE, UNSUPPORTED_FILE */
  submit(actor: Actor, input: ApplicationInput, upload: { fileName: string; bytes: Buffer } | null): Promise<MyApplication>;
  /** Within the grants, names masked. */
  list(actor: Actor, query: PageQuery & StaffFilter): Promise<Page<ApplicationListItem>>;
  /** Recorded, and shown to the applicant. @throws CodedError NOT_FOUND, APPLICATION_WITHDRAWN, CONSENT_EXPIRED */
  open(actor: Actor, applicationId: string): Promise<OpenedApplication>;
  /** What a link of `open` leads to; recorded. @throws CodedError as `open` */
  download(token: string): Promise<{ name: string; mediaType: string; bytes: Buffer }>;
  /** Rule H1: once a kind. @throws CodedError NOT_FOUND, APPLICATION_WITHDRAWN */
  recordOutcome(actor: Actor, applicationId: string, input: { kind: OutcomeKind; onceId: string }): Promise<Outcome>;
  listOwn(actor: Actor, query: PageQuery): Promise<Page<MyApplication>>;
  /** The company can no longer open it; repeating it changes nothing. @throws CodedError NOT_FOUND */
  withdraw(actor: Actor, applicationId: string): Promise<MyApplication>;
  /** Repeating it changes nothing. @throws CodedError NOT_FOUND */
  confirmOutcome(actor: Actor, outcomeId: string): Promise<Outcome>;
}

export interface ApplicationDependencies extends SubmissionDependencies {
  links: FileLinks;
  namesOf: NamesOf;
  notify: Notify;
  /** Called after facts were recorded, so that they are relayed at once. */
  onRecorded: () => void;
}

const scopeOf = (row: ApplicationRow) => ({
  fairId: row.fairId,
  companyIds: [row.companyId],
  ...(row.sessionId === null ? {} : { sessionId: row.sessionId }),
});
/** Whose facts these are: the session's, or the fair's outside any. */
const subjectOf = (row: ApplicationRow) => row.sessionId ?? row.fairId;

export function createApplicationService(dependencies: ApplicationDependencies): ApplicationService {
  const { store, files, links, namesOf, notify, onRecorded, clock, newId, log } = dependencies;
  const submission = createSubmission(dependencies);
  const presentOwn = createPresentOwn({ store, namesOf });

  async function own(view: ApplicationView): Promise<MyApplication> {
    const [application] = await presentOwn([view]);
    if (!application) throw new CodedError('INTERNAL');
    return application;
  }

  async function demand(applicationId: string): Promise<ApplicationView> {
    const view = await store.find(applicationId);
    if (!view) throw new CodedError('NOT_FOUND');
    return view;
  }

  /** What was done stands, whether or not the applicant can be told now. */
  async function tellApplicant(applicationId: string): Promise<void> {
    try {
      const view = await demand(applicationId);
      notify.account(view.accountId, 'application.updated', { application: await own(view) });
    } catch (error) {
      log.warn({ err: error, applicationId }, 'the applicant could not be told');
    }
  }

  /** A résumé may be read while it is not withdrawn and its consent lasts. */
  function demandReadable(row: ApplicationRow): void {
    if (row.status === 'withdrawn') throw new CodedError('APPLICATION_WITHDRAWN');
    if (row.consentUntil < today(clock, row.timeZone)) throw new CodedError('CONSENT_EXPIRED');
  }

  /** Checks under the lock that a withdrawal takes, so that nothing is opened after one, and notes the reading. */
  async function noteOpening(row: ApplicationRow, staffId: string, kind: 'opened' | 'downloaded'): Promise<void> {
    await store.change(row.accountId, async (change) => {
      const locked = await change.lock(row.id);
      if (!locked) throw new CodedError('NOT_FOUND');
      demandReadable(locked);
      await change.addOpening({ id: newId(), applicationId: row.id, staffId, kind, at: clock() });
    });
    await tellApplicant(row.id);
  }

  return {
    async submit(actor, input, upload) {
      const { view, repeated } = await submission(actor, input, upload);
      const application = await own(view);
      if (!repeated) {
        onRecorded();
        notify.company(view.companyId, 'application.arrived', { application: listItemOf(view) });
        notify.account(view.accountId, 'application.updated', { application });
      }
      return application;
    },

    async list(actor, { limit, cursor, ...filter }) {
      admit(actor, 'application.list');
      const rows = await store.listWithin(grantsFor(actor, 'application.list'), filter, afterId({ limit, cursor }));
      const page = pageById(rows, limit);
      return { items: page.items.map(listItemOf), next: page.next };
    },

    async open(actor, applicationId) {
      admit(actor, 'application.open');
      const staffId = demandAccount(actor);
      const before = await demand(applicationId);
      authorizeHidden(actor, 'application.open', scopeOf(before));
      await noteOpening(before, staffId, 'opened');
      const view = await demand(applicationId);
      const { form, file } = view;
      if (!form) throw new CodedError('APPLICATION_WITHDRAWN');
      return {
        ...listItemOf(view),
        form,
        file: file && {
          name: file.name,
          mediaType: file.mediaType,
          bytes: file.bytes,
          link: await links.sign({ staffId, applicationId, fileId: file.id }),
        },
        outcomes: view.outcomes,
      };
    },

    async download(token) {
      const { staffId, applicationId, fileId } = await links.verify(token);
      const view = await demand(applicationId);
      // The link is the staff account's own, and worth no more than its grants are now.
      const grants = await store.grantsOf(staffId);
      const role = grants[0]?.role;
      if (!role) throw new CodedError('FORBIDDEN');
      const staff: Actor = { role, name: '', deviceId: null, accountId: staffId, signInId: null, grants };
      authorizeHidden(staff, 'application.open', scopeOf(view));
      demandReadable(view);
      const { file } = view;
      if (file?.id !== fileId) throw new CodedError('NOT_FOUND');
      const bytes = await files.get(view.accountId, file.storageKey);
      await noteOpening(view, staffId, 'downloaded');
      return { name: file.name, mediaType: file.mediaType, bytes };
    },

    async recordOutcome(actor, applicationId, { kind, onceId }) {
      admit(actor, 'outcome.record');
      const staffId = demandAccount(actor);
      const before = await demand(applicationId);
      authorizeHidden(actor, 'outcome.record', scopeOf(before));
      const { outcome, created } = await store.change(before.accountId, async (change) => {
        const row = await change.lock(applicationId);
        if (!row) throw new CodedError('NOT_FOUND');
        const at = clock();
        const added = await change.addOutcome({ id: newId(), applicationId, kind, at, confirmedAt: null, onceId, staffId });
        if (!added.created) return added;
        if (row.status === 'withdrawn') throw new CodedError('APPLICATION_WITHDRAWN');
        const { id } = added.outcome;
        const fact = { type: 'outcome.recorded', outcomeId: id, applicationId, kind } as const;
        await change.record({ id: `outcome.recorded:${id}`, subjectId: subjectOf(row), at, fact });
        return added;
      });
      if (created) {
        onRecorded();
        await tellApplicant(applicationId);
      }
      return outcome;
    },

    async listOwn(actor, query) {
      authorize(actor, 'application.readOwn');
      const page = pageById(await store.listOfApplicant(demandAccount(actor), afterId(query)), query.limit);
      return { items: await presentOwn(page.items), next: page.next };
    },

    async withdraw(actor, applicationId) {
      authorize(actor, 'application.withdraw');
      const accountId = demandAccount(actor);
      // Before a change is begun, which makes an applicant's key: a refusal leaves nothing behind.
      if ((await demand(applicationId)).accountId !== accountId) throw new CodedError('NOT_FOUND');
      const withdrawn = await store.change(accountId, async (change) => {
        const row = await change.lock(applicationId);
        if (row?.accountId !== accountId) throw new CodedError('NOT_FOUND');
        if (row.status === 'withdrawn') return false;
        const at = clock();
        await change.withdraw(applicationId, at);
        // One id an application: withdrawn, submitted and withdrawn again, it counts once (rule A1).
        const fact = { type: 'application.withdrawn', applicationId } as const;
        await change.record({ id: `application.withdrawn:${applicationId}`, subjectId: subjectOf(row), at, fact });
        return true;
      });
      const application = await own(await demand(applicationId));
      if (withdrawn) {
        onRecorded();
        notify.account(accountId, 'application.updated', { application });
      }
      return application;
    },

    async confirmOutcome(actor, outcomeId) {
      authorize(actor, 'outcome.confirm');
      const accountId = demandAccount(actor);
      const before = await store.outcome(outcomeId);
      if (!before) throw new CodedError('NOT_FOUND');
      const { applicationId, kind } = before;
      const confirmed = await store.change(accountId, async (change) => {
        const row = await change.lock(applicationId);
        if (row?.accountId !== accountId) throw new CodedError('NOT_FOUND');
        const at = clock();
        if (!(await change.confirmOutcome(outcomeId, at))) return false;
        const fact = { type: 'outcome.confirmed', outcomeId, applicationId, kind } as const;
        await change.record({ id: `outcome.confirmed:${outcomeId}`, subjectId: subjectOf(row), at, fact });
        return true;
      });
      if (confirmed) {
        onRecorded();
        await tellApplicant(applicationId);
      }
      const outcome = await store.outcome(outcomeId);
      if (!outcome) throw new CodedError('INTERNAL');
      return outcome;
    },
  };
}
