import type { Keys } from '../keys.ts';
import type { ScriptedRedis } from '../scripts.ts';

export interface StageClaimsOptions {
  redis: ScriptedRedis;
  keys: Keys;
  /** Life of a claim that is not renewed, ms. */
  lifeMs: number;
}

/** Which host is the origin of which stage. */
export interface StageClaims {
  find(stageId: string): Promise<string | null>;
  /** Makes a host the origin unless there is one, or it is the one that is gone; a host's own claim is lengthened. Answers the origin. */
  claim(stageId: string, hostId: string, gone?: string): Promise<string>;
  /** Gives a host's claim up, to another host or to nobody. */
  pass(stageId: string, hostId: string, to?: string): Promise<void>;
}

export function createStageClaims({ redis, keys, lifeMs }: StageClaimsOptions): StageClaims {
  return {
    find: (stageId) => redis.get(keys.stageOrigin(stageId)),
    claim: async (stageId, hostId, gone = '') => String(await redis.claimStage(keys.stageOrigin(stageId), hostId, lifeMs, gone)),
    async pass(stageId, hostId, to = '') {
      await redis.passStage(keys.stageOrigin(stageId), hostId, lifeMs, to);
    },
  };
}
