import type { IceParameters } from 'mediasoup/types';
import type { IceCandidate } from '../types.ts';
import { candidateLine } from './answer.ts';
import { malformed } from './fault.ts';
import { readLines } from './lines.ts';
import { demandIceUser, type IceUser } from './offer.ts';

const attributes = new Set(['ice-ufrag', 'ice-pwd', 'mid', 'candidate', 'end-of-candidates', 'group', 'ice-options']);
const MOST_CANDIDATES = 200;

/** The one transport, as fragments of it name it. */
export interface FragmentFrame {
  mids: string[];
  /** Of the section that has the candidates. */
  kind: 'audio' | 'video';
  protocol: string;
  candidates: IceCandidate[];
}

/**
 * Reads an application/trickle-ice-sdpfrag (RFC 8840 section 9): the ICE user
 * it is about, null when it names none. Candidates are counted and not kept: an
 * ICE-lite peer learns the other side's addresses from its checks (RFC 8445 section 2.5).
 * @throws SdpError malformed
 */
export function readFragment(text: string): { ice: IceUser | null; candidates: number } {
  const lines = readLines(text, attributes);
  const valuesOf = (name: string) =>
    lines.filter((line) => line.startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3).trim());
  const candidates = valuesOf('candidate').length;
  if (candidates > MOST_CANDIDATES) throw malformed(`at most ${MOST_CANDIDATES} candidates`);
  const [ufrag] = valuesOf('ice-ufrag');
  const [pwd] = valuesOf('ice-pwd');
  if (ufrag === undefined && pwd === undefined) {
    if (lines.length === 0) throw malformed('an empty fragment');
    return { ice: null, candidates };
  }
  return { ice: demandIceUser(ufrag ?? '', pwd ?? ''), candidates };
}

/** The answer to an ICE restart (RFC 9725 section 4.3.3). */
export function writeFragment({ mids, kind, protocol, candidates }: FragmentFrame, ice: IceParameters): string {
  return [
    'a=ice-lite',
    `a=group:BUNDLE ${mids.join(' ')}`,
    `m=${kind} 9 ${protocol} 0`,
    `a=mid:${mids[0] ?? '0'}`,
    `a=ice-ufrag:${ice.usernameFragment}`,
    `a=ice-pwd:${ice.password}`,
    ...candidates.map((candidate) => `a=${candidateLine(candidate)}`),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}
