import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

export interface StageOwnersOptions {
  redis: Redis;
  keys: Keys;
  nodeId: string;
  /** Life of a claim that is not renewed, ms. */
  lifeMs: number;
}

/**
 * Which node carries which stage. Every operation is one command, so that none
 * needs a script: a claim that is renewed in the very moment it changes hands
 * only lives a little longer, and the node that lost it sees that next time.
 */
export interface StageOwners {
  /** Makes this node the owner unless there is one; answers the owner. */
  claim(stageId: string): Promise<string>;
  find(stageId: string): Promise<string | null>;
  /** Lengthens this node's claim, or makes it anew when it ran out; answers the owner. */
  renew(stageId: string): Promise<string>;
  /** Gives up a claim that this node holds. */
  release(stageId: string): Promise<void>;
  /** Says that this node lives. */
  beat(): Promise<void>;
  lives(nodeId: string): Promise<boolean>;
  leave(): Promise<void>;
}

const claimAttempts = 3;

export function createStageOwners({ redis, keys, nodeId, lifeMs }: StageOwnersOptions): StageOwners {
  const owners: StageOwners = {
    async claim(stageId) {
      for (let attempt = 0; attempt < claimAttempts; attempt++) {
        const won = await redis.set(keys.stageOwner(stageId), nodeId, 'PX', lifeMs, 'NX');
        const owner = won ? nodeId : await owners.find(stageId);
        // Null: it ran out between the two commands.
        if (owner) return owner;
      }
      throw new Error('the owner of the stage keeps changing');
    },
    find: (stageId) => redis.get(keys.stageOwner(stageId)),
    async renew(stageId) {
      const owner = await owners.find(stageId);
      if (owner === null) return owners.claim(stageId);
      if (owner === nodeId) await redis.pexpire(keys.stageOwner(stageId), lifeMs);
      return owner;
    },
    async release(stageId) {
      await redis.del(keys.stageOwner(stageId));
    },
    async beat() {
      await redis.set(keys.mediaNode(nodeId), '1', 'PX', lifeMs);
    },
    lives: async (node) => (await redis.exists(keys.mediaNode(node))) === 1,
    async leave() {
      await redis.del(keys.mediaNode(nodeId));
    },
  };
  return owners;
}
