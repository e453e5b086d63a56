import { type ApplicationInput, CodedError, type MyApplication } from '../../contract/index.ts';
import { type Actor, authorize, demandAccount, viewerKeyOf } from '../actor.ts';
import type { DemandAllowance } from '../allowance.ts';
import { today } from '../calendar.ts';
import type { Clock, Log, NewId } from '../ports.ts';
import { type CheckedResume, checkResume } from './resume-check.ts';
import type { ApplicationChange, ApplicationStore, ApplicationView, PositionTerms, ResumeFile, ResumeFiles } from './store.ts';

/** The campus or channel that brought a viewer into a session; null when none did. */
type CampusOf = (sessionId: string, accountId: string) => Promise<string | null>;

export interface SubmissionDependencies {
  store: ApplicationStore;
  files: ResumeFiles;
  campusOf: CampusOf;
  demandAllowance: DemandAllowance;
  clock: Clock;
  newId: NewId;
  log: Log;
}

export interface Submitted {
  view: ApplicationView;
  /** Seen before: nothing changed. */
  repeated: boolean;
}

const PURPOSE = '用于该企业对所投岗位的招聘评估与联系';
const CONSENT_YEARS_MAX = 3;
/** More than anybody reads and applies to; each may bring a file. */
const ALLOWED = { limit: 100, windowMs: 3_600_000 };

/** What the consent covers: the parts of the form that were filled in, and the file. */
function givenFields(form: ApplicationInput['form'], hasFile: boolean): string[] {
  const filled = Object.entries(form).filter(([, value]) => value !== '');
  return [...filled.map(([field]) => field), ...(hasFile ? ['file'] : [])];
}

function demandConsent(until: MyApplication['consentUntil'], date: string): void {
  const latest = `${Number(date.slice(0, 4)) + CONSENT_YEARS_MAX}${date.slice(4)}`;
  if (until >= date && until <= latest) return;
  const message = `授权期限须在 ${date} 与 ${latest} 之间 / between these dates`;
  throw new CodedError('CONSENT_REQUIRED', { issues: [{ path: 'consent.until', message }] });
}

/**
 * Submits an application (rule A1): one a viewer and position. A repetition of a
 * submission, however late, changes nothing; a new one replaces form and file, not
 * the count. After a withdrawal one may submit again, under a new consent: it is
 * the same application, which still counts once.
 */
export function createSubmission({ store, files, campusOf, demandAllowance, clock, newId, log }: SubmissionDependencies) {
  function demandOpen(terms: PositionTerms | null): PositionTerms & { date: string } {
    if (!terms || terms.status === 'draft') throw new CodedError('NOT_FOUND');
    const date = today(clock, terms.timeZone);
    if (terms.status !== 'published' || (terms.expiresOn !== null && terms.expiresOn < date)) throw new CodedError('POSITION_CLOSED');
    return { ...terms, date };
  }

  async function demandSession(change: ApplicationChange, sessionId: string, fairId: string): Promise<void> {
    const session = await change.session(sessionId);
    if (!session) throw new CodedError('NOT_FOUND');
    if (session.fairId !== fairId) throw new CodedError('POSITION_ELSEWHERE');
    if (session.status === 'scheduled') throw new CodedError('SESSION_NOT_LIVE');
  }

  async function keep(accountId: string, resume: CheckedResume): Promise<ResumeFile> {
    const storageKey = await files.put(accountId, resume.bytes);
    return { id: newId(), storageKey, name: resume.name, mediaType: resume.mediaType, bytes: resume.bytes.length };
  }

  /** A file left behind is only wasted space (and encrypted): it must not fail what succeeded. */
  async function discard(storageKey: string): Promise<void> {
    try {
      await files.remove(storageKey);
    } catch (error) {
      log.warn({ err: error, storageKey }, 'a résumé file could not be removed');
    }
  }

  /**
   * After a failure: the commit may have happened although its answer was lost,
   * and then the file is an applicant's only copy. It goes only when that is ruled out.
   */
  async function discardUnlessKept(storageKey: string): Promise<void> {
    const kept = await store.isKept(storageKey).catch(() => true);
    if (!kept) await discard(storageKey);
  }

  async function commit(actor: Actor, accountId: string, input: ApplicationInput, file: ResumeFile | null) {
    const { positionId, sessionId, onceId, form } = input;
    const campus = sessionId === null ? null : await campusOf(sessionId, accountId);
    const at = clock();
    return store.change(accountId, async (change) => {
      const earlier = await change.lockSubmission(accountId, positionId);
      if (earlier && (await change.accepted(earlier.id, onceId))) return { repeated: true, id: earlier.id, replaced: null };
      const terms = demandOpen(await change.position(positionId));
      demandConsent(input.consent.until, terms.date);
      if (sessionId !== null) await demandSession(change, sessionId, terms.fairId);
      const id = earlier?.id ?? newId();
      const consent = { id: newId(), purpose: PURPOSE, fields: givenFields(form, file !== null), until: input.consent.until };
      const submission = { id, accountId, positionId, onceId, form, file, consent, at };
      if (earlier) return { repeated: false, id, replaced: await change.replace(submission, earlier) };
      await change.insert({ ...submission, terms, sessionId, campus });
      await change.record({
        id: `application.submitted:${id}`,
        subjectId: sessionId ?? terms.fairId,
        at,
        fact: {
          type: 'application.submitted',
          applicationId: id,
          viewer: viewerKeyOf(actor),
          companyId: terms.companyId,
          positionId,
          campus,
        },
      });
      return { repeated: false, id, replaced: null };
    });
  }

  return async (actor: Actor, input: ApplicationInput, upload: { fileName: string; bytes: Buffer } | null): Promise<Submitted> => {
    authorize(actor, 'application.submit');
    const accountId = demandAccount(actor);
    const seen = await store.findSubmission(accountId, input.positionId, input.onceId);
    if (seen) return { view: seen, repeated: true };
    await demandAllowance({ ...ALLOWED, key: `application:${accountId}` });
    // Refused before the file is looked at, and once more within the transaction.
    const { date } = demandOpen(await store.position(input.positionId));
    demandConsent(input.consent.until, date);
    const file = upload && (await keep(accountId, await checkResume(upload)));
    try {
      const { repeated, id, replaced } = await commit(actor, accountId, input, file);
      if (repeated && file) await discard(file.storageKey);
      if (replaced) await discard(replaced);
      const view = await store.find(id);
      if (!view) throw new CodedError('INTERNAL');
      return { view, repeated };
    } catch (error) {
      if (file) await discardUnlessKept(file.storageKey);
      throw error;
    }
  };
}
