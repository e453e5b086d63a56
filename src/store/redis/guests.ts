import { z } from 'zod';
import { CodedError, stageInvitationSchema } from '../../contract/index.ts';
import type { GuestBook, GuestStore, PresentViewer, StageSituation } from '../../domain/stage/guests/store.ts';
import { FEED_KEPT } from './feed.ts';
import type { Keys } from './keys.ts';
import { codes, type ScriptedRedis } from './scripts.ts';

/** How often a decision is taken anew because somebody else was faster. */
const ATTEMPTS = 20;

const bookSchema = z.object({
  seats: z.array(
    stageInvitationSchema.extend({
      viewer: z.string(),
      publisherId: z.string().nullable(),
      microphone: z.string().nullable(),
      silent: z.boolean(),
      held: z.boolean(),
      missingSince: z.number().nullable(),
    }),
  ),
  invitations: z.array(stageInvitationSchema.extend({ viewer: z.string() })),
});
const speakerSchema = z.object({ viewer: z.string(), name: z.string() });
const visitSchema = z.object({ connections: z.record(z.string(), z.unknown()) });
const answerSchema = z.tuple([z.number(), z.string(), z.string()]).rest(z.string());

const bookOf = (raw: string): GuestBook => (raw === '' ? { seats: [], invitations: [] } : bookSchema.parse(JSON.parse(raw)));
const rawOf = (book: GuestBook): string => (book.seats.length + book.invitations.length === 0 ? '' : JSON.stringify(book));

/** A visit's connections bear the incarnation of their node: `<incarnation>/<connection>`. */
function presentOf(speaker: string, visit: string): PresentViewer | null {
  if (visit === '') return null;
  const { connections } = visitSchema.parse(JSON.parse(visit));
  return {
    ...speakerSchema.parse(JSON.parse(speaker)),
    connections: Object.keys(connections).map((connection) => connection.slice(connection.indexOf('/') + 1)),
  };
}

/** Guests on stage in Redis: see scripts/readGuests-6.lua and scripts/writeGuests-3.lua. */
export function createGuestStore({ redis, keys }: { redis: ScriptedRedis; keys: Keys }): GuestStore {
  async function read(sessionId: string, asked: readonly string[]): Promise<StageSituation & { raw: string; session: string }> {
    const [now, raw, session, ...flat] = answerSchema.parse(
      await redis.readGuests(
        keys.guests(sessionId),
        keys.speakers(sessionId),
        keys.open(sessionId),
        keys.aliases(sessionId),
        keys.visits(sessionId),
        keys.feedState(sessionId),
        ...asked,
      ),
    );
    const people = new Map<string, PresentViewer | null>();
    for (let i = 0; i + 2 < flat.length; i += 3) people.set(flat[i] ?? '', presentOf(flat[i + 1] ?? '', flat[i + 2] ?? ''));
    const ended = session === 'ended' || session === 'sealed';
    return { now, raw, session, ended, book: bookOf(raw), present: (key) => people.get(key) ?? null };
  }

  return {
    async meet(sessionId, { key, name, viewer }) {
      await redis.hset(keys.speakers(sessionId), key, JSON.stringify({ viewer, name }));
    },
    async forget(sessionId) {
      await redis.del(keys.speakers(sessionId));
    },
    async read(sessionId) {
      const { now, book } = await read(sessionId, []);
      return { now, book };
    },
    async change(sessionId, asked, decide) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const situation = await read(sessionId, asked);
        const { book, told, result } = decide(situation);
        if (book === null) return result;
        const code = await redis.writeGuests(
          keys.guests(sessionId),
          keys.feed(sessionId),
          keys.feedState(sessionId),
          situation.raw,
          situation.session,
          rawOf(book),
          FEED_KEPT,
          ...told.map((body) => JSON.stringify(body)),
        );
        if (code === codes.done) return result;
      }
      throw new CodedError('OVERLOADED', { retryAfterMs: 500 });
    },
  };
}
