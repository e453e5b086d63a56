import type { ApplicationListItem, MyApplication } from '../../contract/index.ts';
import { maskName } from '../masking.ts';
import type { NamesOf } from '../ports.ts';
import type { ApplicationStore, ApplicationView } from './store.ts';

/** How many of the latest openings an applicant is shown of each application. */
const OPENINGS_SHOWN = 20;

/** Applications as their applicant sees them. */
export type PresentOwn = (views: readonly ApplicationView[]) => Promise<MyApplication[]>;

export function createPresentOwn({ store, namesOf }: { store: Pick<ApplicationStore, 'openings'>; namesOf: NamesOf }): PresentOwn {
  return async (views) => {
    if (views.length === 0) return [];
    const openings = await store.openings(
      views.map((view) => view.id),
      OPENINGS_SHOWN,
    );
    const staffIds = new Set([...openings.values()].flat().map((opening) => opening.staffId));
    const names = await namesOf([...staffIds]);
    return views.map((view) => ({
      id: view.id,
      positionId: view.positionId,
      positionTitle: view.positionTitle,
      companyName: view.companyName,
      sessionId: view.sessionId,
      status: view.status,
      submittedAt: view.submittedAt,
      withdrawnAt: view.withdrawnAt,
      fileName: view.file?.name ?? null,
      consentUntil: view.consentUntil,
      openings: (openings.get(view.id) ?? []).map(({ staffId, at }) => ({
        by: names.get(staffId) ?? '',
        companyName: view.companyName,
        at,
      })),
      outcomes: view.outcomes,
    }));
  };
}

/** An application in a list of the company: the applicant's name masked. */
export function listItemOf(view: ApplicationView): ApplicationListItem {
  return {
    id: view.id,
    positionId: view.positionId,
    positionTitle: view.positionTitle,
    companyId: view.companyId,
    sessionId: view.sessionId,
    applicantName: maskName(view.form?.name ?? ''),
    group: view.group,
    status: view.status,
    submittedAt: view.submittedAt,
    hasFile: view.file !== null,
    latestOutcome: view.outcomes.at(-1)?.kind ?? null,
  };
}
