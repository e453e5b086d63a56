import { createHash } from 'node:crypto';
import type { FactEvent, LedgerEntry } from '../../contract/index.ts';

/** What the first entry of a subject follows, hexadecimal. */
export const GENESIS = '0'.repeat(64);

/** JSON with sorted keys and no white space (in the manner of RFC 8785; facts hold only text, integers and null). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 over the previous hash (hexadecimal) and the event's canonical JSON, hexadecimal. */
export function hashOf(prevHash: string, { id, subjectId, at, fact }: FactEvent): string {
  return createHash('sha256').update(prevHash).update(canonicalJson({ id, subjectId, at, fact })).digest('hex');
}

/** Chains events after a head. */
export function chain(head: { seq: number; hash: string }, events: readonly FactEvent[]): LedgerEntry[] {
  let { seq, hash } = head;
  return events.map((event) => {
    const prevHash = hash;
    hash = hashOf(prevHash, event);
    seq += 1;
    return { ...event, seq, prevHash, hash };
  });
}

/** Where a ledger was changed after the fact: the first sequence at fault, or null when every hash is right. */
export function findBreak(entries: readonly LedgerEntry[], from: { seq: number; hash: string } = { seq: 0, hash: GENESIS }): number | null {
  let { seq, hash } = from;
  for (const entry of entries) {
    seq += 1;
    if (entry.seq !== seq || entry.prevHash !== hash || entry.hash !== hashOf(hash, entry)) return seq;
    hash = entry.hash;
  }
  return null;
}
