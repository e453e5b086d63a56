import { z } from 'zod';
import { CodedError, callSchema } from '../../contract/index.ts';
import { type CallRecord, type CallTimes, dueAt, peopleOf } from '../../domain/call/record.ts';
import type { CallKey, CallStore } from '../../domain/call/store.ts';
import type { Keys } from './keys.ts';
import { codes, type ScriptedRedis } from './scripts.ts';

/** How often a decision is taken anew because somebody else was faster. */
const ATTEMPTS = 20;
/** Calls, and connections, looked after in one round. */
const MOST = 500;

const party = z.object({ accountId: z.string(), name: z.string() });
const time = z.number();
const recordSchema = z.object({
  id: z.string(),
  consultationId: z.string(),
  sessionId: z.string(),
  fairId: z.string(),
  companyId: z.string(),
  companyName: z.string(),
  viewer: party,
  recruiter: party,
  heir: party.extend({ until: time }).nullable(),
  status: callSchema.shape.status,
  startedAt: time,
  answeredAt: time.nullable(),
  endsAt: time,
  endedAt: time.nullable(),
  endReason: callSchema.shape.endReason,
  connections: z.record(z.string(), z.string()),
  absentSince: z.object({ viewer: time.nullable(), recruiter: time.nullable() }),
  settled: z.boolean(),
}) satisfies z.ZodType<CallRecord>;
const answerSchema = z.tuple([z.number(), z.string()]);
const leasesSchema = z.array(z.string());

const without = <T>(all: readonly T[], these: readonly T[]) => all.filter((each) => !these.includes(each));
const connectionsOf = (call: CallRecord | null) => Object.keys(call?.connections ?? {});

/** A lease is `<call>/<connection>`. */
const leaseOf = (callId: string, connectionId: string) => `${callId}/${connectionId}`;
const ofLease = (lease: string) => {
  const at = lease.indexOf('/');
  return { callId: lease.slice(0, at), connectionId: lease.slice(at + 1) };
};

/** Calls in Redis: see scripts/readCall-3.lua and its neighbours. All of them are in one slot, because a person is in one at a time. */
export function createCallStore({ redis, keys, times }: { redis: ScriptedRedis; keys: Keys; times: CallTimes }): CallStore {
  const { calls, people, consultations, due, leases } = keys.calls;

  async function read(key: CallKey | { accountId: string }) {
    const args = [
      'callId' in key ? key.callId : '',
      'consultationId' in key ? key.consultationId : '',
      'accountId' in key ? key.accountId : '',
    ];
    const [now, raw] = answerSchema.parse(await redis.readCall(calls, people, consultations, ...args));
    return { now, raw, call: raw === '' ? null : recordSchema.parse(JSON.parse(raw)) };
  }

  async function write(raw: string, before: CallRecord | null, after: CallRecord | null) {
    const { id, consultationId } = after ?? before ?? { id: '', consultationId: '' };
    const moved = {
      people: peopleOf(after),
      left: without(peopleOf(before), peopleOf(after)),
      joined: without(connectionsOf(after), connectionsOf(before)),
      gone: without(connectionsOf(before), connectionsOf(after)),
    };
    return redis.writeCall(
      calls,
      people,
      consultations,
      due,
      leases,
      id,
      raw,
      after ? JSON.stringify(after) : '',
      consultationId,
      after && after.status !== 'ended' ? 1 : 0,
      after ? dueAt(after, times) : 0,
      JSON.stringify(moved),
    );
  }

  async function now(): Promise<number> {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  }

  return {
    find: async (key) => (await read(key)).call,
    ofPerson: async (accountId) => (await read({ accountId })).call,
    async change(key, decide) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const { now, raw, call: before } = await read(key);
        const after = decide(before, now);
        if (after === before) return { before, after };
        // A new call under a consultation that has an ended one does not replace it.
        const isNew = after !== null && after.id !== before?.id;
        const code = await (isNew ? write('', null, after) : write(raw, before, after));
        if (code === codes.done) return { before: isNew ? null : before, after };
        if (code === codes.busy) throw new CodedError('CALL_BUSY');
      }
      throw new CodedError('OVERLOADED', { retryAfterMs: 500 });
    },
    due: async () => redis.zrangebyscore(due, '-inf', await now(), 'LIMIT', 0, MOST),
    async touch(connections) {
      if (connections.length === 0) return [];
      const held = connections.map(({ callId, connectionId }) => leaseOf(callId, connectionId));
      return leasesSchema.parse(await redis.touchCalls(leases, ...held)).map(ofLease);
    },
    async silent(silenceMs) {
      const found = new Map<string, string[]>();
      for (const lease of await redis.zrangebyscore(leases, '-inf', (await now()) - silenceMs, 'LIMIT', 0, MOST)) {
        const { callId, connectionId } = ofLease(lease);
        found.set(callId, [...(found.get(callId) ?? []), connectionId]);
      }
      return found;
    },
  };
}
