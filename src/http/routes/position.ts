import type { PositionService } from '../../domain/position/service.ts';
import type { RouteHandlers } from '../route-handlers.ts';

type Names = 'createPosition' | 'editPosition' | 'publishPosition' | 'closePosition' | 'listPositions' | 'getPosition';

export function createPositionRoutes({ positions }: { positions: PositionService }): RouteHandlers<Names> {
  return {
    createPosition: ({ params, body }, { actor }) => positions.create(actor, params.companyId, body),
    editPosition: ({ params, body }, { actor }) => positions.edit(actor, params.positionId, body),
    publishPosition: ({ params }, { actor }) => positions.publish(actor, params.positionId),
    closePosition: ({ params }, { actor }) => positions.close(actor, params.positionId),
    listPositions: ({ query }, { actor }) => positions.list(actor, query),
    getPosition: ({ params }, { actor }) => positions.get(actor, params.positionId),
  };
}
