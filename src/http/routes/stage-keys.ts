import type { StageKeys } from '../../domain/stage/links/keys.ts';
import type { RouteHandlers } from '../route-handlers.ts';

type StageKeyRoute = 'createStageKey' | 'listStageKeys' | 'withdrawStageKey';

/** Keys of encoders and players. */
export function createStageKeyRoutes(keys: StageKeys): RouteHandlers<StageKeyRoute> {
  return {
    createStageKey: ({ params, body }, { actor }) => keys.create(actor, params.sessionId, body.purpose),
    listStageKeys: async ({ params }, { actor }) => ({ items: await keys.list(actor, params.sessionId) }),
    async withdrawStageKey({ params }, { actor }) {
      await keys.withdraw(actor, params.sessionId, params.keyId);
      return {};
    },
  };
}
