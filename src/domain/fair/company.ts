import { CodedError, type Company, type CompanyInput } from '../../contract/index.ts';
import { type Actor, authorize, grantsFor } from '../actor.ts';
import { afterId, type Page, pageById } from '../page.ts';
import type { Clock, NewId } from '../ports.ts';
import type { PageQuery } from './service.ts';
import type { CompanyStore, FairStore } from './store.ts';

/** Companies of a fair. */
export interface CompanyService {
  /** @throws CodedError NOT_FOUND, FORBIDDEN, CONFLICT when the fair has one of that name */
  create(actor: Actor, fairId: string, input: CompanyInput): Promise<Company>;
  list(actor: Actor, fairId: string, query: PageQuery): Promise<Page<Company>>;
  edit(actor: Actor, companyId: string, changes: Partial<CompanyInput>): Promise<Company>;
  /** For other services: no access check. */
  find(companyId: string): Promise<Company | null>;
}

export interface CompanyDependencies {
  store: CompanyStore;
  fairs: Pick<FairStore, 'find'>;
  clock: Clock;
  newId: NewId;
}

const nameTaken = () => new CodedError('CONFLICT', { issues: [{ path: 'name', message: '该招聘会已有同名企业 / name taken' }] });

export function createCompanyService({ store, fairs, clock, newId }: CompanyDependencies): CompanyService {
  return {
    async create(actor, fairId, input) {
      if (!(await fairs.find(fairId))) throw new CodedError('NOT_FOUND');
      authorize(actor, 'company.create', { fairId });
      const company: Company = { ...input, id: newId(), fairId, createdAt: clock() };
      if (!(await store.insert(company))) throw nameTaken();
      return company;
    },
    async list(actor, fairId, query) {
      if (!(await fairs.find(fairId))) throw new CodedError('NOT_FOUND');
      const grants = grantsFor(actor, 'company.read').filter((grant) => grant.fairId === null || grant.fairId === fairId);
      if (grants.length === 0) throw new CodedError('FORBIDDEN');
      const companyIds = grants.some((grant) => grant.companyId === null) ? null : grants.flatMap((grant) => grant.companyId ?? []);
      const page = afterId(query);
      return pageById(await store.list(fairId, companyIds, page), page.limit);
    },
    async edit(actor, companyId, changes) {
      const company = await store.find(companyId);
      if (!company) throw new CodedError('NOT_FOUND');
      authorize(actor, 'company.edit', { fairId: company.fairId, companyIds: [companyId] });
      const edited = await store.update(companyId, changes);
      if (edited === 'taken') throw nameTaken();
      if (!edited) throw new CodedError('NOT_FOUND');
      return edited;
    },
    find: (companyId) => store.find(companyId),
  };
}
