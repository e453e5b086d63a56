import type { CampusService } from '../../domain/fair/campus.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export function createCampusRoutes({ campuses }: { campuses: CampusService }): RouteHandlers<'createCampus' | 'listCampuses'> {
  return {
    createCampus: ({ params, body }, { actor }) => campuses.create(actor, params.fairId, body),
    listCampuses: ({ params, query }, { actor }) => campuses.list(actor, params.fairId, query),
  };
}
