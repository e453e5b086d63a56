import type { ApplicationService } from '../../domain/application/service.ts';
import type { RouteHandlers } from '../route-handlers.ts';

/** The REST routes of applications; who may do what is decided by the service. */
export function createApplicationRoutes(
  applications: ApplicationService,
): RouteHandlers<
  | 'submitApplication'
  | 'listApplications'
  | 'openApplication'
  | 'recordOutcome'
  | 'listMyApplications'
  | 'withdrawApplication'
  | 'confirmOutcome'
> {
  return {
    submitApplication: ({ body }, { actor, file }) => applications.submit(actor, body, file),
    listApplications: ({ query }, { actor }) => applications.list(actor, query),
    openApplication: ({ params }, { actor }) => applications.open(actor, params.applicationId),
    recordOutcome: ({ params, body }, { actor }) => applications.recordOutcome(actor, params.applicationId, body),
    listMyApplications: ({ query }, { actor }) => applications.listOwn(actor, query),
    withdrawApplication: ({ params }, { actor }) => applications.withdraw(actor, params.applicationId),
    confirmOutcome: ({ params }, { actor }) => applications.confirmOutcome(actor, params.outcomeId),
  };
}
