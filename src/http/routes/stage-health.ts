import { CodedError, type Session } from '../../contract/index.ts';
import { authorize, scopeOfSession } from '../../domain/actor.ts';
import type { StageHealthService } from '../../domain/stage/health.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export interface StageHealthRoutesOptions {
  sessions: { find(sessionId: string): Promise<Session | null> };
  stageHealth: StageHealthService;
}

/** A session's staff reads its stage; the machines are shown to whoever organizes the whole installation. */
export function createStageHealthRoutes({
  sessions,
  stageHealth,
}: StageHealthRoutesOptions): RouteHandlers<'readStageHealth' | 'listMediaHosts'> {
  return {
    async readStageHealth({ params }, { actor }) {
      const session = await sessions.find(params.sessionId);
      if (!session) throw new CodedError('NOT_FOUND');
      authorize(actor, 'stage.read', scopeOfSession(session));
      return stageHealth.read(session.id);
    },
    async listMediaHosts(_input, { actor }) {
      authorize(actor, 'media.read');
      return { items: stageHealth.hosts() };
    },
  };
}
