import { type Campus, type CampusInput, CodedError, campusInputSchema } from '../../contract/index.ts';
import { type Actor, authorize, grantsFor } from '../actor.ts';
import { afterId, type Page, pageById } from '../page.ts';
import type { Clock, NewId } from '../ports.ts';
import type { PageQuery } from './service.ts';
import type { CampusStore, FairStore } from './store.ts';

/** Campuses and channels of a fair, each with the code its links carry. */
export interface CampusService {
  /** @throws CodedError NOT_FOUND, FORBIDDEN, CONFLICT when the fair has one with that code */
  create(actor: Actor, fairId: string, input: CampusInput): Promise<Campus>;
  list(actor: Actor, fairId: string, query: PageQuery): Promise<Page<Campus>>;
  /** The code when the fair has a campus with it, else null. For other services: no access check. */
  knownCode(fairId: string, code: string | null | undefined): Promise<string | null>;
}

export interface CampusDependencies {
  store: CampusStore;
  fairs: Pick<FairStore, 'find'>;
  clock: Clock;
  newId: NewId;
}

export function createCampusService({ store, fairs, clock, newId }: CampusDependencies): CampusService {
  return {
    async create(actor, fairId, input) {
      if (!(await fairs.find(fairId))) throw new CodedError('NOT_FOUND');
      authorize(actor, 'campus.edit', { fairId });
      const campus: Campus = { ...input, id: newId(), fairId, createdAt: clock() };
      if (!(await store.insert(campus))) {
        throw new CodedError('CONFLICT', { issues: [{ path: 'code', message: '该招聘会已使用此代码 / code taken' }] });
      }
      return campus;
    },
    async list(actor, fairId, query) {
      if (!(await fairs.find(fairId))) throw new CodedError('NOT_FOUND');
      if (!grantsFor(actor, 'campus.read').some((grant) => grant.fairId === null || grant.fairId === fairId)) {
        throw new CodedError('FORBIDDEN');
      }
      const page = afterId(query);
      return pageById(await store.list(fairId, page), page.limit);
    },
    async knownCode(fairId, code) {
      if (!campusInputSchema.shape.code.safeParse(code).success || !code) return null;
      return (await store.hasCode(fairId, code)) ? code : null;
    },
  };
}
