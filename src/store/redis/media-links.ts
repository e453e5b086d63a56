import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { LinkStore, MediaLink } from '../../domain/stage/links/store.ts';
import type { AccessKeys } from './access-keys.ts';

/** Without anybody who keeps it, a link is forgotten after this long, seconds. */
const LIFE_SECONDS = 6 * 3_600;
/** How long an encoder that was replaced may not come back by itself, seconds. */
const REPLACED_SECONDS = 1_800;

const candidateSchema = z.object({
  foundation: z.string(),
  priority: z.number(),
  ip: z.string(),
  address: z.string(),
  protocol: z.enum(['udp', 'tcp']),
  port: z.number(),
  type: z.enum(['host', 'srflx', 'prflx', 'relay']),
  tcpType: z.literal('passive').optional(),
});

const linkSchema: z.ZodType<MediaLink> = z.object({
  id: z.string(),
  purpose: z.enum(['publish', 'watch']),
  sessionId: z.string(),
  participantId: z.string(),
  bearer: z.string(),
  keyId: z.string().nullable(),
  consumerIds: z.array(z.string()),
  iceSession: z.string(),
  media: z.object({
    transportId: z.string(),
    client: z.object({ ufrag: z.string(), pwd: z.string() }),
    frame: z.object({
      mids: z.array(z.string()),
      kind: z.enum(['audio', 'video']),
      protocol: z.string(),
      candidates: z.array(candidateSchema),
    }),
  }),
});

/** What encoders and players have open, on whichever node. */
export function createLinkStore(redis: Redis, keys: AccessKeys): LinkStore {
  async function find(linkId: string): Promise<MediaLink | null> {
    const stored = await redis.get(keys.mediaLink(linkId));
    return stored === null ? null : linkSchema.parse(JSON.parse(stored));
  }

  return {
    find,
    async save(link) {
      const set = keys.bearerLinks(link.bearer);
      await redis.set(keys.mediaLink(link.id), JSON.stringify(link), 'EX', LIFE_SECONDS);
      await redis.set(keys.linkOf(link.participantId), link.id, 'EX', LIFE_SECONDS);
      await redis.sadd(set, link.id);
      await redis.expire(set, LIFE_SECONDS);
    },
    async update(link) {
      await redis.set(keys.mediaLink(link.id), JSON.stringify(link), 'EX', LIFE_SECONDS, 'XX');
    },
    async ofParticipant(participantId) {
      const linkId = await redis.get(keys.linkOf(participantId));
      return linkId === null ? null : find(linkId);
    },
    async remove({ id, bearer, participantId }) {
      const removed = await redis.del(keys.mediaLink(id));
      await redis.del(keys.linkOf(participantId));
      await redis.srem(keys.bearerLinks(bearer), id);
      return removed === 1;
    },
    async keep(links) {
      const kept = await Promise.all(
        links.map(async ({ id, bearer, participantId }) => {
          await redis.expire(keys.linkOf(participantId), LIFE_SECONDS);
          await redis.expire(keys.bearerLinks(bearer), LIFE_SECONDS);
          return (await redis.expire(keys.mediaLink(id), LIFE_SECONDS)) === 1;
        }),
      );
      return links.filter((_, index) => !kept[index]).map(({ id }) => id);
    },
    async ofBearer(bearer) {
      const set = keys.bearerLinks(bearer);
      const ids = await redis.smembers(set);
      const found = await Promise.all(ids.map(find));
      const expired = ids.filter((_, index) => found[index] === null);
      if (expired.length > 0) await redis.srem(set, expired);
      return found.filter((link) => link !== null);
    },
    async markReplaced(keyId) {
      await redis.set(keys.keyReplaced(keyId), 1, 'EX', REPLACED_SECONDS);
    },
    async clearReplaced(keyId) {
      await redis.del(keys.keyReplaced(keyId));
    },
    wasReplaced: async (keyId) => (await redis.exists(keys.keyReplaced(keyId))) === 1,
  };
}
