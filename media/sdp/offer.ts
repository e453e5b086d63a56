import type { DtlsParameters } from 'mediasoup/types';
import { parse } from 'sdp-transform';
import { z } from 'zod';
import { malformed, unsupported } from './fault.ts';
import { readLines, sdpLimits } from './lines.ts';
import { type OfferedSection, readSection, sectionSchema } from './section.ts';

/** A peer's side of ICE (RFC 8839 section 5.4). */
export interface IceUser {
  ufrag: string;
  pwd: string;
}

/** An offer (RFC 8829), checked and as plain data. */
export interface Offer {
  ice: IceUser;
  /** The offerer's; its role is the one that follows from a=setup (RFC 8842 section 5.1). */
  dtls: DtlsParameters & { role: 'client' | 'server' };
  sections: OfferedSection[];
}

const attributes = new Set([
  'group',
  'ice-ufrag',
  'ice-pwd',
  'fingerprint',
  'setup',
  'mid',
  'rtpmap',
  'fmtp',
  'rtcp-fb',
  'extmap',
  'ssrc',
  'ssrc-group',
  'rid',
  'simulcast',
  'msid',
  'rtcp-mux',
  'rtcp-rsize',
  'bundle-only',
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
]);

const algorithms = { 'sha-1': 20, 'sha-224': 28, 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 } as const;
type Algorithm = keyof typeof algorithms;
const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(algorithms, name);

/** The parser takes what looks like a number for one. */
const word = z.union([z.string(), z.number()]).transform(String).pipe(z.string().max(256));
const transportShape = {
  iceUfrag: word.optional(),
  icePwd: word.optional(),
  fingerprint: z.object({ type: word, hash: word }).optional(),
  setup: word.optional(),
};
const offerSchema = z.object({
  ...transportShape,
  groups: z
    .array(z.object({ type: word, mids: word }))
    .max(8)
    .optional(),
  media: z.array(sectionSchema.extend(transportShape)).min(1).max(sdpLimits.sections),
});
type Parsed = z.output<typeof offerSchema>;

/**
 * Reads an offer.
 * @throws SdpError malformed, or unsupported when its sections would need more than one transport
 */
export function readOffer(text: string): Offer {
  const lines = readLines(text, attributes);
  if (lines[0] !== 'v=0') throw malformed('an SDP begins with v=0');
  let parsed: Parsed;
  try {
    parsed = offerSchema.parse(parse(`${lines.join('\r\n')}\r\n`));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    throw malformed(issue ? `${issue.path.join('.')}: ${issue.message}` : 'not an SDP', error);
  }
  const bundle = parsed.groups?.find(({ type }) => type === 'BUNDLE')?.mids.split(' ') ?? null;
  const sections = parsed.media.map((media, index) => readSection(media, index, bundle));
  const mids = sections.map(({ mid }) => mid);
  if (new Set(mids).size !== mids.length) throw malformed('a mid stands for two sections');
  const usable = sections.filter((section) => section.usable);
  // RFC 9725 section 4.2: one transport for all of it.
  if (usable.length > 1 && bundle === null) throw unsupported('sections must be bundled (a=group:BUNDLE)');
  if (usable.some(({ rtcpMux }) => !rtcpMux)) throw unsupported('RTP and RTCP must share a port (a=rtcp-mux)');
  const first = usable[0] ?? sections[0];
  const transport = { ...parsed, ...withoutGaps(first ? (parsed.media[first.index] ?? {}) : {}) };
  return { ice: iceOf(transport), dtls: dtlsOf(transport), sections };
}

/** A section's own transport attributes win over the session's (RFC 8839 section 4.4.1). */
function withoutGaps({ iceUfrag, icePwd, fingerprint, setup }: Partial<Pick<Parsed, keyof typeof transportShape>>) {
  return {
    ...(iceUfrag !== undefined ? { iceUfrag } : {}),
    ...(icePwd !== undefined ? { icePwd } : {}),
    ...(fingerprint ? { fingerprint } : {}),
    ...(setup !== undefined ? { setup } : {}),
  };
}

function iceOf({ iceUfrag: ufrag = '', icePwd: pwd = '' }: Pick<Parsed, 'iceUfrag' | 'icePwd'>): IceUser {
  return demandIceUser(ufrag, pwd);
}

/** @throws SdpError malformed unless both are ICE characters of the lengths that RFC 8839 section 5.4 wants */
export function demandIceUser(ufrag: string, pwd: string): IceUser {
  if (!/^[\w+/.=-]{4,256}$/.test(ufrag) || !/^[\w+/.=-]{22,256}$/.test(pwd)) throw malformed('a=ice-ufrag and a=ice-pwd are needed');
  return { ufrag, pwd };
}

function dtlsOf({ fingerprint, setup = 'actpass' }: Pick<Parsed, 'fingerprint' | 'setup'>): Offer['dtls'] {
  const algorithm = fingerprint?.type.toLowerCase() ?? '';
  const value = fingerprint?.hash.toUpperCase() ?? '';
  if (!isAlgorithm(algorithm)) throw malformed('a=fingerprint with a hash function of RFC 8122 is needed');
  if (!/^[\dA-F]{2}(:[\dA-F]{2})*$/.test(value) || value.split(':').length !== algorithms[algorithm]) {
    throw malformed('a=fingerprint has not the length of its hash');
  }
  if (setup !== 'actpass' && setup !== 'active' && setup !== 'passive') throw malformed('a=setup must be actpass, active or passive');
  // Offered the choice, we wait for the other side, as an ICE-lite peer with an open port should.
  return { role: setup === 'passive' ? 'server' : 'client', fingerprints: [{ algorithm, value }] };
}
