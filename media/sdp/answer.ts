import type { IceCandidate, TransportOptions } from '../types.ts';
import type { CommonCodec } from './codecs.ts';
import type { Offer } from './offer.ts';
import type { OfferedCodec, OfferedSection } from './section.ts';

/** How one section of an offer is answered; null refuses it. */
export interface AnsweredSection {
  offered: OfferedSection;
  accepted: {
    direction: 'recvonly' | 'sendonly';
    codecs: CommonCodec[];
    extensions: OfferedSection['extensions'];
    /** The rids we take (RFC 8853), null without simulcast. */
    simulcast: string[] | null;
    /** What we send there. */
    stream: { ssrc: number; cname: string; trackId: string } | null;
  } | null;
}

const MSID = 'gangbo';

/** A candidate as its line after `a=` (RFC 8839 section 5.1, RFC 6544 section 4.5). */
export function candidateLine({ foundation, protocol, priority, address, port, type, tcpType }: IceCandidate): string {
  return `candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ ${type}${tcpType ? ` tcptype ${tcpType}` : ''}`;
}

/**
 * The answer (RFC 3264, RFC 8829) to an offer, from an ICE-lite peer whose
 * candidates are all known (RFC 8445 section 2.5).
 */
export function writeAnswer(offer: Offer, sections: readonly AnsweredSection[], transport: TransportOptions, sessionId: number): string {
  const mids = sections.filter(({ accepted }) => accepted).map(({ offered }) => offered.mid);
  const lines = [
    'v=0',
    `o=- ${sessionId} 1 IN IP4 0.0.0.0`,
    's=-',
    't=0 0',
    'a=ice-lite',
    ...(mids.length > 0 ? [`a=group:BUNDLE ${mids.join(' ')}`] : []),
    'a=extmap-allow-mixed',
    `a=msid-semantic: WMS ${MSID}`,
    ...sections.flatMap((section) => sectionLines(section, offer, transport, mids[0] === section.offered.mid)),
    '',
  ];
  return lines.join('\r\n');
}

/** @param tagged whether it is the first of the bundle, which alone has the candidates (RFC 9143 section 7.3.1) */
function sectionLines({ offered, accepted }: AnsweredSection, offer: Offer, transport: TransportOptions, tagged: boolean): string[] {
  if (!accepted) {
    return [`m=${offered.type} 0 ${offered.protocol} ${offered.formats}`, 'c=IN IP4 0.0.0.0', `a=mid:${offered.mid}`, 'a=inactive'];
  }
  const { direction, codecs, extensions, simulcast, stream } = accepted;
  const payloadTypes = codecs.flatMap(({ offered: codec, rtx }) => [codec, ...(rtx ? [rtx] : [])]).map((codec) => codec.payloadType);
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  return [
    `m=${offered.type} 9 ${offered.protocol} ${payloadTypes.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${offered.mid}`,
    `a=${direction}`,
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    ...strongest(dtlsParameters.fingerprints).map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${offer.dtls.role === 'client' ? 'passive' : 'active'}`,
    'a=rtcp-mux',
    ...(offered.reducedSize ? ['a=rtcp-rsize'] : []),
    ...codecs.flatMap((codec) => codecLines(codec)),
    ...extensions.map(({ uri, id }) => `a=extmap:${id} ${uri}`),
    ...(simulcast ? [...simulcast.map((rid) => `a=rid:${rid} recv`), `a=simulcast:recv ${simulcast.join(';')}`] : []),
    ...(stream
      ? [
          `a=msid:${MSID} ${stream.trackId}`,
          `a=ssrc:${stream.ssrc} cname:${stream.cname}`,
          `a=ssrc:${stream.ssrc} msid:${MSID} ${stream.trackId}`,
        ]
      : []),
    ...(tagged ? [...iceCandidates.map((candidate) => `a=${candidateLine(candidate)}`), 'a=end-of-candidates'] : []),
  ];
}

/** One is enough, and some clients read only the first. */
function strongest(fingerprints: TransportOptions['dtlsParameters']['fingerprints']) {
  const strong = fingerprints.filter(({ algorithm }) => algorithm === 'sha-256');
  return strong.length > 0 ? strong : fingerprints.slice(0, 1);
}

function codecLines({ offered, router, rtcpFeedback, rtx }: CommonCodec): string[] {
  // The offerer's own parameters are accepted as they are; one that gives none is told ours.
  const parameters = Object.keys(offered.parameters).length > 0 ? offered.parameters : (router.parameters ?? {});
  return [
    ...formatLines(offered, parameters),
    ...rtcpFeedback.map(({ type, parameter }) => `a=rtcp-fb:${offered.payloadType} ${type}${parameter ? ` ${parameter}` : ''}`),
    ...(rtx ? formatLines(rtx, { apt: offered.payloadType }) : []),
  ];
}

/** Describes only what the sender's own pictures begin with; wrong for anybody who receives. */
const SENDERS_OWN = 'sprop-parameter-sets';

function formatLines({ payloadType, mimeType, clockRate, channels }: OfferedCodec, parameters: Record<string, unknown>): string[] {
  const name = mimeType.split('/')[1];
  const format = Object.entries(parameters).filter(([key]) => key !== SENDERS_OWN);
  return [
    `a=rtpmap:${payloadType} ${name}/${clockRate}${channels !== null && channels > 1 ? `/${channels}` : ''}`,
    ...(format.length > 0 ? [`a=fmtp:${payloadType} ${format.map(([key, value]) => `${key}=${value}`).join(';')}`] : []),
  ];
}
