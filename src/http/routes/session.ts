import type { SessionService } from '../../domain/session/service.ts';
import type { RouteHandlers } from '../route-handlers.ts';

type Names = 'createSession' | 'editSession' | 'listSessions' | 'getSession' | 'startSession' | 'endSession';

export function createSessionRoutes({ sessions }: { sessions: SessionService }): RouteHandlers<Names> {
  return {
    createSession: ({ params, body }, { actor }) => sessions.create(actor, params.fairId, body),
    editSession: ({ params, body }, { actor }) => sessions.edit(actor, params.sessionId, body),
    listSessions: ({ query }) => sessions.list(query),
    getSession: ({ params }) => sessions.get(params.sessionId),
    startSession: ({ params }, { actor }) => sessions.start(actor, params.sessionId),
    endSession: ({ params }, { actor }) => sessions.end(actor, params.sessionId),
  };
}
