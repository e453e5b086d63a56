import type { FairService } from '../../domain/fair/service.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export function createFairRoutes({ fairs }: { fairs: FairService }): RouteHandlers<'createFair' | 'listFairs' | 'getFair' | 'editFair'> {
  return {
    createFair: ({ body }, { actor }) => fairs.create(actor, body),
    listFairs: ({ query }, { actor }) => fairs.list(actor, query),
    getFair: ({ params }, { actor }) => fairs.get(actor, params.fairId),
    editFair: ({ params, body }, { actor }) => fairs.edit(actor, params.fairId, body),
  };
}
