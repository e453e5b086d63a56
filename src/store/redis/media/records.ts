import type { Keys } from '../keys.ts';
import type { ScriptedRedis } from '../scripts.ts';
import type { ParticipantKey } from './wire/calls.ts';

export interface DetachedParticipant {
  stageId: string;
  key: ParticipantKey;
}

/** What must be known of a host after it died: whose picture ended with it, and who was on it without a connection. */
export interface MediaRecords {
  setPublishing(hostId: string, stageId: string, publishing: boolean): Promise<void>;
  isPublishing(hostId: string, stageId: string): Promise<boolean>;
  /** Stages whose lead sent from a host that is gone; each is answered to one asker only. */
  takePublishing(hostId: string): Promise<string[]>;
  addDetached(hostId: string, participant: DetachedParticipant): Promise<void>;
  removeDetached(hostId: string, participant: DetachedParticipant): Promise<void>;
  hostOfDetached(participant: DetachedParticipant): Promise<string | null>;
  /** Each is answered to one asker only. */
  takeDetached(hostId: string): Promise<DetachedParticipant[]>;
}

const fieldOf = ({ stageId, key }: DetachedParticipant) => JSON.stringify([stageId, key]);

function participantOf(field: string): DetachedParticipant | null {
  const [stageId, key] = JSON.parse(field) as unknown[];
  return typeof stageId === 'string' && typeof key === 'string' ? { stageId, key: key as ParticipantKey } : null;
}

export function createMediaRecords({ redis, keys }: { redis: ScriptedRedis; keys: Keys }): MediaRecords {
  /** Those of the members that this process removed: another that asks at the same time is answered the rest. */
  const taken = async (members: readonly string[], remove: (member: string) => Promise<number>): Promise<string[]> => {
    const removed = await Promise.all(members.map(remove));
    return members.filter((_, index) => removed[index] === 1);
  };
  return {
    async setPublishing(hostId, stageId, publishing) {
      await redis[publishing ? 'sadd' : 'srem'](keys.mediaPublishing(hostId), stageId);
    },
    isPublishing: async (hostId, stageId) => (await redis.sismember(keys.mediaPublishing(hostId), stageId)) === 1,
    async takePublishing(hostId) {
      const key = keys.mediaPublishing(hostId);
      return taken(await redis.smembers(key), (stageId) => redis.srem(key, stageId));
    },
    async addDetached(hostId, participant) {
      // The host's own list first: what it does not know is never cleared away.
      await redis.sadd(keys.mediaDetached(hostId), fieldOf(participant));
      await redis.hset(keys.stageDetached(participant.stageId), participant.key, hostId);
    },
    async removeDetached(hostId, participant) {
      await redis.hdel(keys.stageDetached(participant.stageId), participant.key);
      await redis.srem(keys.mediaDetached(hostId), fieldOf(participant));
    },
    hostOfDetached: ({ stageId, key }) => redis.hget(keys.stageDetached(stageId), key),
    async takeDetached(hostId) {
      const key = keys.mediaDetached(hostId);
      const fields = await taken(await redis.smembers(key), (field) => redis.srem(key, field));
      const participants = fields.map(participantOf).filter((participant) => participant !== null);
      await Promise.all(
        participants.map(async (participant) => {
          const host = await redis.hget(keys.stageDetached(participant.stageId), participant.key);
          if (host === hostId) await redis.hdel(keys.stageDetached(participant.stageId), participant.key);
        }),
      );
      return participants;
    },
  };
}
