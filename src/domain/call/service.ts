import { type Call, CodedError, type EventPayload } from '../../contract/index.ts';
import { type Actor, admit, authorizeHidden, demandAccount, type Scope } from '../actor.ts';
import type { DemandAllowance } from '../allowance.ts';
import { addressOf } from '../masking.ts';
import type { Log, NamesOf, NewId, Notify } from '../ports.ts';
import { type CallConsultation, type CallParty, type CallRecord, type CallTimes, callOf, peopleOf } from './record.ts';
import { demandParty, end, handOver, hangUp, join, leave, lookAfter, start } from './rules.ts';
import type { CallChange, CallKey, CallStore } from './store.ts';

export interface CallDependencies {
  store: CallStore;
  consultation(id: string): Promise<CallConsultation | null>;
  namesOf: NamesOf;
  /** Recruiters whose grants cover a scope. */
  recruitersOf(scope: Scope & { fairId: string }): Promise<CallParty[]>;
  /** Takes a connection of this node off a call's stage; closes the stage. Neither throws. */
  stage: { takeOff(callId: string, connectionId: string): Promise<void>; close(callId: string): Promise<void> };
  /** Has every node look at once which of its connections are still in a call. */
  nudge: (callId: string) => Promise<void>;
  notify: Pick<Notify, 'account'>;
  demandAllowance: DemandAllowance;
  times: CallTimes;
  newId: NewId;
  log: Log;
  /** A connection that its node has not spoken for in this time is gone, ms. */
  silenceMs?: number;
}

/** Calls one recruiter may start. */
const ALLOWED = { limit: 20, windowMs: 60_000 };

const scopeOf = ({ fairId, companyId, sessionId }: Pick<CallRecord, 'fairId' | 'companyId' | 'sessionId'>): Scope & { fairId: string } => ({
  fairId,
  companyIds: [companyId],
  sessionId,
});

/** One-to-one rooms: who may enter, who is told, and when they end. Whoever is not in a call is not told that there is one. */
export function createCallService(dependencies: CallDependencies) {
  const {
    store,
    consultation,
    namesOf,
    recruitersOf,
    stage,
    nudge,
    notify,
    demandAllowance,
    times,
    newId,
    log,
    silenceMs = 8_000,
  } = dependencies;
  /** The connections of this node that are in calls. */
  const local = new Map<string, { callId: string; accountId: string }>();
  const localKey = (callId: string, connectionId: string) => `${callId}/${connectionId}`;

  /** What follows from a change: whoever is out of the room leaves the stage, and everybody concerned is told. */
  async function conclude({ before, after }: CallChange): Promise<void> {
    if (!after || before === after) return;
    if (after.status === 'ended' && before?.status !== 'ended') await stage.close(after.id);
    else if (before && before.recruiter.accountId !== after.recruiter.accountId) await nudge(after.id);
    if (JSON.stringify(before && callOf(before)) === JSON.stringify(callOf(after))) return;
    const call = callOf(after);
    const rung = before?.heir?.accountId;
    for (const accountId of new Set([...peopleOf(before), after.viewer.accountId, after.recruiter.accountId])) {
      // A colleague who is still rung hears of the call again only when it need not answer any more.
      if (accountId !== after.heir?.accountId) notify.account(accountId, 'call.updated', { call });
    }
    if (!before) notify.account(after.viewer.accountId, 'call.ringing', { call });
    if (after.heir && after.heir.accountId !== rung) notify.account(after.heir.accountId, 'call.ringing', { call });
  }

  async function change(key: CallKey, decide: (call: CallRecord | null, now: number) => CallRecord | null): Promise<CallRecord> {
    const changed = await store.change(key, decide);
    await conclude(changed);
    if (!changed.after) throw new CodedError('NOT_FOUND');
    return changed.after;
  }

  const partyIn = (callId: string, accountId: string, step: (call: CallRecord, now: number) => CallRecord): Promise<CallRecord> =>
    change({ callId }, (call, now) => step(demandParty(call, accountId), now));

  async function joinAs(callId: string, accountId: string, connectionId: string): Promise<CallRecord> {
    const joined = await partyIn(callId, accountId, (call, now) => join(call, accountId, connectionId, now, times));
    local.set(localKey(callId, connectionId), { callId, accountId });
    return joined;
  }

  /** Guests have no account, and are nobody's counterpart. */
  function accountOf(actor: Actor): string {
    if (!actor.accountId) throw new CodedError('NOT_FOUND');
    return actor.accountId;
  }

  /** @throws CodedError NOT_FOUND for anybody but the recruiter who holds the call */
  async function demandHolder(actor: Actor, callId: string): Promise<CallRecord> {
    admit(actor, 'call.hold');
    const call = demandParty(await store.find({ callId }), accountOf(actor));
    if (call.recruiter.accountId !== actor.accountId) throw new CodedError('NOT_FOUND');
    return call;
  }

  async function colleagues(call: CallRecord): Promise<CallParty[]> {
    return (await recruitersOf(scopeOf(call))).filter(({ accountId }) => accountId !== call.recruiter.accountId);
  }

  /** A connection of this node that is not in its call for the others: it was given up too soon and is back, or was put out. */
  async function bringBack(callId: string, connectionId: string): Promise<void> {
    const known = local.get(localKey(callId, connectionId));
    if (!known) return;
    try {
      await joinAs(callId, known.accountId, connectionId);
      log.warn({ callId, connectionId }, 'a connection was taken for gone by the others and is back in its call');
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      local.delete(localKey(callId, connectionId));
      await stage.takeOff(callId, connectionId);
    }
  }

  const ownConnections = () => [...local].map(([key, { callId }]) => ({ callId, connectionId: key.slice(callId.length + 1) }));

  return {
    /** @throws CodedError NOT_FOUND, CONSULTATION_CLOSED, CALL_BUSY, RATE_LIMITED */
    async start(actor: Actor, consultationId: string): Promise<Call> {
      admit(actor, 'call.hold');
      const recruiterId = demandAccount(actor);
      const found = await consultation(consultationId);
      if (!found) throw new CodedError('NOT_FOUND');
      authorizeHidden(actor, 'call.hold', scopeOf(found));
      if (found.status === 'closed') throw new CodedError('CONSULTATION_CLOSED');
      await demandAllowance({ ...ALLOWED, key: `call:${recruiterId}` });
      const names = await namesOf([found.accountId]);
      const wish = {
        id: newId(),
        consultation: found,
        viewer: { accountId: found.accountId, name: addressOf(found.accountId, names.get(found.accountId)) },
        recruiter: { accountId: recruiterId, name: actor.name },
      };
      return callOf(await change({ consultationId }, (open, now) => start(open, wish, now, times)));
    },

    /** @throws CodedError NOT_FOUND, CALL_ENDED */
    async join(actor: Actor, callId: string, connectionId: string): Promise<Call> {
      return callOf(await joinAs(callId, accountOf(actor), connectionId));
    },

    /** A connection is out of the room, whether it said so or is gone. */
    async leave(callId: string, connectionId: string): Promise<void> {
      local.delete(localKey(callId, connectionId));
      await conclude(await store.change({ callId }, (call, now) => call && leave(call, [connectionId], now)));
    },

    /** A call that goes on, with this connection in it. @throws CodedError NOT_FOUND, CALL_ENDED */
    async demandOpen(callId: string, accountId: string, connectionId: string): Promise<Call> {
      const call = demandParty(await store.find({ callId }), accountId);
      if (call.connections[connectionId] !== accountId) throw new CodedError('NOT_FOUND');
      return callOf(call);
    },

    /** Ending what has ended changes nothing. @throws CodedError NOT_FOUND */
    async end(actor: Actor, callId: string): Promise<Call> {
      const accountId = accountOf(actor);
      const ended = await store.find({ callId });
      if (ended?.status === 'ended' && [ended.viewer, ended.recruiter].some((party) => party.accountId === accountId)) return callOf(ended);
      return callOf(await partyIn(callId, accountId, (call, now) => hangUp(call, accountId, now)));
    },

    /** @throws CodedError NOT_FOUND, also for a colleague who may not hold it, CALL_ENDED, CALL_BUSY */
    async handOver(actor: Actor, { callId, accountId }: EventPayload<'call.handOver'>): Promise<Call> {
      const from = demandAccount(actor);
      const to = (await colleagues(await demandHolder(actor, callId))).find((colleague) => colleague.accountId === accountId);
      if (!to) throw new CodedError('NOT_FOUND');
      return callOf(await partyIn(callId, from, (call, now) => handOver(call, from, to, now, times)));
    },

    /** Who could take the company's side over. @throws CodedError NOT_FOUND, CALL_ENDED */
    async colleagues(actor: Actor, callId: string): Promise<CallParty[]> {
      return colleagues(await demandHolder(actor, callId));
    },

    /** The open calls of a person: one at most. */
    async list(actor: Actor): Promise<Call[]> {
      const call = actor.accountId ? await store.ofPerson(actor.accountId) : null;
      return call && call.status !== 'ended' ? [callOf(call)] : [];
    },

    /** A consultation was closed, and with it its call. */
    async endOfConsultation(consultationId: string): Promise<void> {
      await conclude(await store.change({ consultationId }, (call, now) => call && end(call, 'consultation-closed', now)));
    },

    /** Those of this node's connections that were put out of a call leave its stage. */
    async enforce(callId: string): Promise<void> {
      const own = ownConnections().filter((each) => each.callId === callId);
      if (own.length === 0) return;
      const call = await store.find({ callId });
      for (const { connectionId } of own) if (!call?.connections[connectionId]) await bringBack(callId, connectionId);
    },

    /** Looks after this node's connections and, with all other nodes, after what is due. Repeat it every second. */
    async lookAfter(): Promise<void> {
      for (const { callId, connectionId } of await store.touch(ownConnections())) await bringBack(callId, connectionId);
      for (const [callId, connectionIds] of await store.silent(silenceMs)) {
        // Their node is dead, and their media with it, or only slow, and brings them back.
        await conclude(await store.change({ callId }, (call, now) => call && leave(call, connectionIds, now)));
      }
      for (const callId of await store.due()) {
        const changed = await store.change({ callId }, (call, now) => call && lookAfter(call, now, times));
        // Whoever ended it may have died before it closed the stage, and somebody may have come on it in between.
        if (changed.after?.settled && !changed.before?.settled) await stage.close(callId);
        await conclude(changed);
      }
    },
  };
}
export type CallService = ReturnType<typeof createCallService>;
