import { CodedError, type Fair, type FairInput } from '../../contract/index.ts';
import { type Actor, authorize, grantsFor } from '../actor.ts';
import { afterId, type Page, pageById } from '../page.ts';
import type { Clock, NewId } from '../ports.ts';
import type { FairStore } from './store.ts';

export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** Fairs: what an organizer runs. */
export interface FairService {
  create(actor: Actor, input: FairInput): Promise<Fair>;
  list(actor: Actor, query: PageQuery): Promise<Page<Fair>>;
  /** @throws CodedError NOT_FOUND, FORBIDDEN outside the grants */
  get(actor: Actor, fairId: string): Promise<Fair>;
  edit(actor: Actor, fairId: string, changes: Partial<FairInput>): Promise<Fair>;
  /** For other services: no access check. */
  find(fairId: string): Promise<Fair | null>;
}

export interface FairDependencies {
  store: FairStore;
  clock: Clock;
  newId: NewId;
}

function checkDates(dates: { startsOn: string; endsOn: string }): void {
  if (dates.endsOn < dates.startsOn) {
    throw new CodedError('BAD_INPUT', { issues: [{ path: 'endsOn', message: '不能早于开始日期 / not before startsOn' }] });
  }
}

export function createFairService({ store, clock, newId }: FairDependencies): FairService {
  async function demand(fairId: string): Promise<Fair> {
    const fair = await store.find(fairId);
    if (!fair) throw new CodedError('NOT_FOUND');
    return fair;
  }

  /** Who is granted anything within a fair may read what the fair is. */
  const reaches = (actor: Actor, fairId: string) =>
    grantsFor(actor, 'fair.read').some((grant) => grant.fairId === null || grant.fairId === fairId);

  return {
    async create(actor, input) {
      authorize(actor, 'fair.create');
      checkDates(input);
      const fair: Fair = { ...input, id: newId(), createdAt: clock() };
      await store.insert(fair);
      return fair;
    },
    async list(actor, query) {
      const grants = grantsFor(actor, 'fair.read');
      const fairIds = grants.some((grant) => grant.fairId === null) ? null : grants.flatMap((grant) => grant.fairId ?? []);
      const page = afterId(query);
      return pageById(await store.list(fairIds, page), page.limit);
    },
    async get(actor, fairId) {
      const fair = await demand(fairId);
      if (!reaches(actor, fairId)) throw new CodedError('FORBIDDEN');
      return fair;
    },
    async edit(actor, fairId, changes) {
      const fair = await demand(fairId);
      authorize(actor, 'fair.edit', { fairId });
      checkDates({ ...fair, ...changes });
      const edited = await store.update(fairId, changes);
      if (!edited) throw new CodedError('NOT_FOUND');
      return edited;
    },
    find: (fairId) => store.find(fairId),
  };
}
