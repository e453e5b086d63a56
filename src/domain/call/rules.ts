import { type Call, CodedError } from '../../contract/index.ts';
import { type CallConsultation, type CallParty, type CallRecord, type CallTimes, isPresent } from './record.ts';

/**
 * Every step a call can take, as pure functions from one record to the next.
 * A step that answers the record it was given changes nothing.
 */

/** @throws CodedError NOT_FOUND for everybody who is not in it, CALL_ENDED */
export function demandParty(call: CallRecord | null, accountId: string): CallRecord {
  const isParty = call && [call.viewer, call.recruiter, ...(call.heir ? [call.heir] : [])].some((party) => party.accountId === accountId);
  if (!isParty) throw new CodedError('NOT_FOUND');
  if (call.status === 'ended') throw new CodedError('CALL_ENDED');
  return call;
}

/** @throws CodedError CALL_BUSY when the viewer is in a call with another recruiter */
export function start(
  open: CallRecord | null,
  wish: { id: string; consultation: CallConsultation; viewer: CallParty; recruiter: CallParty },
  now: number,
  { ringMs }: CallTimes,
): CallRecord {
  const { id, consultation, viewer, recruiter } = wish;
  if (open && open.status !== 'ended') {
    if (open.recruiter.accountId !== recruiter.accountId) throw new CodedError('CALL_BUSY');
    return open;
  }
  return {
    id,
    consultationId: consultation.id,
    sessionId: consultation.sessionId,
    fairId: consultation.fairId,
    companyId: consultation.companyId,
    companyName: consultation.companyName,
    viewer,
    recruiter,
    heir: null,
    status: 'ringing',
    startedAt: now,
    answeredAt: null,
    endsAt: now + ringMs,
    endedAt: null,
    endReason: null,
    connections: {},
    absentSince: { viewer: null, recruiter: null },
    settled: false,
  };
}

/** Notes since when a side of an answered call is without a connection. */
function withAbsence(call: CallRecord, now: number): CallRecord {
  if (call.status !== 'active') return call;
  const since = (party: CallParty, before: number | null) => (isPresent(call, party.accountId) ? null : (before ?? now));
  const absentSince = { viewer: since(call.viewer, call.absentSince.viewer), recruiter: since(call.recruiter, call.absentSince.recruiter) };
  return { ...call, absentSince };
}

const withoutConnectionsOf = (connections: CallRecord['connections'], accountId: string): CallRecord['connections'] =>
  Object.fromEntries(Object.entries(connections).filter(([, owner]) => owner !== accountId));

/** Tabs and phones through which one person may be in a call. */
const MOST_CONNECTIONS = 4;

/**
 * The heir's first connection takes the company's side over; the viewer's first one answers.
 * @throws CodedError RATE_LIMITED for too many connections of one person
 */
export function join(call: CallRecord, accountId: string, connectionId: string, now: number, { limitMs }: CallTimes): CallRecord {
  if (call.connections[connectionId] === accountId) return call;
  const own = Object.values(call.connections).filter((owner) => owner === accountId);
  if (own.length >= MOST_CONNECTIONS) throw new CodedError('RATE_LIMITED', { retryAfterMs: 5_000 });
  let next: CallRecord = { ...call, connections: { ...call.connections, [connectionId]: accountId } };
  if (next.heir?.accountId === accountId) {
    const { name } = next.heir;
    const connections = withoutConnectionsOf(next.connections, call.recruiter.accountId);
    next = { ...next, recruiter: { accountId, name }, heir: null, connections, absentSince: { ...next.absentSince, recruiter: null } };
  }
  if (next.status === 'ringing' && accountId === next.viewer.accountId) {
    next = { ...next, status: 'active', answeredAt: now, endsAt: now + limitMs };
  }
  return withAbsence(next, now);
}

/** Connections are gone; the call goes on for whoever is left. */
export function leave(call: CallRecord, connectionIds: readonly string[], now: number): CallRecord {
  if (call.status === 'ended' || !connectionIds.some((id) => id in call.connections)) return call;
  const connections = Object.fromEntries(Object.entries(call.connections).filter(([id]) => !connectionIds.includes(id)));
  return withAbsence({ ...call, connections }, now);
}

export function end(call: CallRecord, reason: NonNullable<Call['endReason']>, now: number): CallRecord {
  if (call.status === 'ended') return call;
  return {
    ...call,
    status: 'ended',
    endedAt: now,
    endReason: reason,
    heir: null,
    connections: {},
    absentSince: { viewer: null, recruiter: null },
  };
}

/** Hangs up for both; a colleague who is rung only refuses to take over. */
export function hangUp(call: CallRecord, accountId: string, now: number): CallRecord {
  if (call.heir?.accountId === accountId) return { ...call, heir: null };
  return end(call, call.status === 'ringing' && accountId === call.viewer.accountId ? 'declined' : 'hung-up', now);
}

/** Rings a colleague, in place of one who was rung before. @throws CodedError NOT_FOUND for anybody but the recruiter who holds the call */
export function handOver(call: CallRecord, from: string, to: CallParty, now: number, { ringMs }: CallTimes): CallRecord {
  if (call.recruiter.accountId !== from || to.accountId === from || to.accountId === call.viewer.accountId)
    throw new CodedError('NOT_FOUND');
  if (call.heir?.accountId === to.accountId) return call;
  return { ...call, heir: { ...to, until: now + ringMs } };
}

/** What has become due. null: the call may be forgotten. */
export function lookAfter(call: CallRecord, now: number, { aloneMs, settleMs, rememberMs }: CallTimes): CallRecord | null {
  if (call.endedAt !== null) {
    if (!call.settled) return now >= call.endedAt + settleMs ? { ...call, settled: true } : call;
    return now >= call.endedAt + rememberMs ? null : call;
  }
  if (now >= call.endsAt) return end(call, call.status === 'ringing' ? 'unanswered' : 'time-up', now);
  const isLong = (since: number | null) => since !== null && now >= since + aloneMs;
  if (isLong(call.absentSince.viewer) || isLong(call.absentSince.recruiter)) return end(call, 'left', now);
  return call.heir && now >= call.heir.until ? { ...call, heir: null } : call;
}
