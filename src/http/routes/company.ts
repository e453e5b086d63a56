import type { CompanyService } from '../../domain/fair/company.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export function createCompanyRoutes({
  companies,
}: {
  companies: CompanyService;
}): RouteHandlers<'createCompany' | 'listCompanies' | 'editCompany'> {
  return {
    createCompany: ({ params, body }, { actor }) => companies.create(actor, params.fairId, body),
    listCompanies: ({ params, query }, { actor }) => companies.list(actor, params.fairId, query),
    editCompany: ({ params, body }, { actor }) => companies.edit(actor, params.companyId, body),
  };
}
