import { emptyFunnel, type Funnel, factEventSchema } from '../../contract/index.ts';
import { counterOf, minuteCountOf } from '../../domain/funnel/fold.ts';
import type { FactStore, MinuteCounts, StreamedFact } from '../../domain/funnel/store.ts';
import type { Keys } from './keys.ts';
import { codes, type ScriptedRedis } from './scripts.ts';
import type { Subjects } from './subjects.ts';

const minuteNames = ['viewers', 'last', 'visits', 'positionViews', 'consultations', 'applications'] as const;
const isMinuteName = (name: string | undefined): name is (typeof minuteNames)[number] =>
  (minuteNames as readonly (string | undefined)[]).includes(name);

function parseFact(subjectId: string, fields: string[]): StreamedFact['event'] {
  const named: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) named[fields[i] ?? ''] = fields[i + 1] ?? '';
  try {
    const parsed = factEventSchema.safeParse({ id: named.id, subjectId, at: Number(named.at), fact: JSON.parse(named.fact ?? '') });
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The stream id after another: streams are trimmed up to and including what was drained. */
function following(streamId: string): string {
  const [time, sequence] = streamId.split('-');
  return `${time}-${Number(sequence) + 1}`;
}

/** Counted facts in Redis: one script counts and appends in one step. */
export function createFactStore({ redis, keys, subjects }: { redis: ScriptedRedis; keys: Keys; subjects: Subjects }): FactStore {
  return {
    async record({ id, subjectId, at, fact }) {
      await subjects.register(subjectId);
      const code = await redis.recordFact(
        keys.counters(subjectId),
        keys.facts(subjectId),
        keys.minutes(subjectId),
        keys.factIds(subjectId),
        id,
        at,
        JSON.stringify(fact),
        counterOf(fact) ?? '',
        minuteCountOf(fact) ?? '',
      );
      return code === codes.done;
    },

    async openPosition({ sessionId, viewer, retryKey, onceId, positionId }) {
      await subjects.register(sessionId);
      const code = await redis.openPosition(
        keys.counters(sessionId),
        keys.facts(sessionId),
        keys.minutes(sessionId),
        keys.factIds(sessionId),
        keys.aliases(sessionId),
        keys.opened(sessionId),
        viewer,
        retryKey,
        onceId,
        positionId,
      );
      return code === codes.closed ? 'closed' : code === codes.done;
    },

    async after(subjectId, streamId, count) {
      const entries = await redis.xrange(keys.facts(subjectId), following(streamId), '+', 'COUNT', count);
      return entries.map(([id, fields]) => ({ streamId: id, event: parseFact(subjectId, fields) }));
    },

    async trim(subjectId, upToStreamId) {
      await redis.xtrim(keys.facts(subjectId), 'MINID', following(upToStreamId));
    },

    async counters(subjectId) {
      const hash = await redis.hgetall(keys.counters(subjectId));
      const names = Object.keys(emptyFunnel) as (keyof Funnel)[];
      const funnel = Object.fromEntries(names.map((name) => [name, Number(hash[name] ?? 0)])) as Funnel;
      return { funnel, facts: Number(hash.facts ?? 0) };
    },

    async minutes(subjectId) {
      const hash = await redis.hgetall(keys.minutes(subjectId));
      const minutes = new Map<number, MinuteCounts>();
      for (const [field, value] of Object.entries(hash)) {
        const [minute, name] = field.split(':');
        if (!isMinuteName(name)) continue;
        const counts = minutes.get(Number(minute)) ?? { visits: 0, positionViews: 0, consultations: 0, applications: 0 };
        counts[name] = Number(value);
        minutes.set(Number(minute), counts);
      }
      return minutes;
    },

    subjects: () => subjects.list(),
    forgetUnused: (settled) => subjects.forgetUnused(settled),
  };
}
