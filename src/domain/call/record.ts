import type { Call } from '../../contract/index.ts';

/** A consultation as a call needs it. */
export interface CallConsultation {
  id: string;
  sessionId: string;
  fairId: string;
  companyId: string;
  companyName: string;
  /** The viewer's. */
  accountId: string;
  status: 'waiting' | 'active' | 'closed';
}

export interface CallParty {
  accountId: string;
  name: string;
}

/** What all nodes know of a call; times in ms by the store's clock. */
export interface CallRecord {
  id: string;
  consultationId: string;
  sessionId: string;
  fairId: string;
  companyId: string;
  companyName: string;
  viewer: CallParty;
  /** Who holds the company's side. */
  recruiter: CallParty;
  /** A colleague who is asked to take the company's side over, until when. */
  heir: (CallParty & { until: number }) | null;
  status: Call['status'];
  startedAt: number;
  answeredAt: number | null;
  /** When ringing stops or, once answered, when the time is up. */
  endsAt: number;
  endedAt: number | null;
  endReason: Call['endReason'];
  /** Connections in the room and whose they are. */
  connections: Record<string, string>;
  /** Since when a side of an answered call has had no connection. */
  absentSince: { viewer: number | null; recruiter: number | null };
  /** After the end: the stage was closed a second time, so that nothing is left on it. */
  settled: boolean;
}

/** How long things may take, ms. */
export interface CallTimes {
  ringMs: number;
  /** From the answer. */
  limitMs: number;
  /** How long a side may be left alone. */
  aloneMs: number;
  /** From the end to the second closing of the stage. */
  settleMs: number;
  /** How long an ended call is remembered, so that latecomers are told that it has ended. */
  rememberMs: number;
}

/** How long things take in earnest. */
export const callTimes = (minutes: number): CallTimes => ({
  ringMs: 45_000,
  limitMs: minutes * 60_000,
  aloneMs: 30_000,
  settleMs: 5_000,
  rememberMs: 3_600_000,
});

/** Everybody who is in the call or rung by it: none of them can be in another. */
export function peopleOf(call: CallRecord | null): string[] {
  if (!call || call.status === 'ended') return [];
  return [call.viewer.accountId, call.recruiter.accountId, ...(call.heir ? [call.heir.accountId] : [])];
}

export const isPresent = (call: CallRecord, accountId: string): boolean => Object.values(call.connections).includes(accountId);

/** When something is to be looked after next; not before, and it is looked at again then. */
export function dueAt(call: CallRecord, { aloneMs, settleMs, rememberMs }: CallTimes): number {
  if (call.endedAt !== null) return call.endedAt + (call.settled ? rememberMs : settleMs);
  const { viewer, recruiter } = call.absentSince;
  const alone = [viewer, recruiter].flatMap((since) => (since === null ? [] : [since + aloneMs]));
  return Math.min(call.endsAt, ...alone, ...(call.heir ? [call.heir.until] : []));
}

export const callOf = ({ viewer, recruiter, heir, fairId, connections, absentSince, settled, ...call }: CallRecord): Call => ({
  ...call,
  viewerName: viewer.name,
  recruiterId: recruiter.accountId,
  recruiterName: recruiter.name,
  present: {
    viewer: Object.values(connections).includes(viewer.accountId),
    recruiter: Object.values(connections).includes(recruiter.accountId),
  },
  ...(heir ? { handOver: { accountId: heir.accountId, name: heir.name, until: heir.until } } : {}),
});
