import type { MediaKind, RtcpFeedback, RtpCapabilities, RtpCodecCapability, RtpCodecParameters } from 'mediasoup/types';
import type { OfferedCodec, OfferedSection } from './section.ts';

/** A codec of an offer that our routers carry. */
export interface CommonCodec {
  offered: OfferedCodec;
  router: RtpCodecCapability;
  rtcpFeedback: RtcpFeedback[];
  /** Its retransmissions (RFC 4588), if both sides have them. */
  rtx: OfferedCodec | null;
}

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const isRtx = ({ mimeType }: { mimeType: string }) => mimeType.toLowerCase().endsWith('/rtx');

/**
 * H.264's constrained baseline (RFC 6184 section 8.1): what every browser decodes.
 * Without a profile-level-id it is taken for that, as browsers do.
 */
function isConstrainedBaseline(parameters: OfferedCodec['parameters']): boolean {
  const [, profile = '', constraints = ''] =
    /^([\da-f]{2})([\da-f]{2})[\da-f]{2}$/i.exec(String(parameters['profile-level-id'] ?? '42e01f')) ?? [];
  return profile === '42' && (Number.parseInt(constraints, 16) & 0x40) !== 0;
}

/** 0: not the same codec; 1: one that serves; 2: exactly what the router says. */
function likeness(offered: OfferedCodec, router: RtpCodecCapability): 0 | 1 | 2 {
  if (!sameName(offered.mimeType, router.mimeType) || offered.clockRate !== router.clockRate) return 0;
  switch (router.mimeType.toLowerCase()) {
    // Its rtpmap says two channels whatever is in it (RFC 7587 section 7); some encoders leave them out.
    case 'audio/opus':
      return offered.channels === router.channels ? 2 : offered.channels === 1 ? 1 : 0;
    // Encoders seldom send the profile they declare, and decoders seldom insist on it: relayed as it is.
    case 'video/h264':
      return isConstrainedBaseline(offered.parameters) && offered.parameters['packetization-mode'] === 1 ? 2 : 1;
    case 'video/vp9':
      return (offered.parameters['profile-id'] ?? 0) === (router.parameters?.['profile-id'] ?? 0) ? 2 : 0;
    default:
      return (offered.channels ?? undefined) === router.channels ? 2 : 0;
  }
}

const sameFeedback = (a: RtcpFeedback, b: RtcpFeedback) => a.type === b.type && (a.parameter ?? '') === (b.parameter ?? '');

/** The codecs of a section that a router has, exact ones first, else in the offerer's order of preference. */
export function commonCodecs(section: OfferedSection, capabilities: RtpCapabilities): CommonCodec[] {
  const known = (capabilities.codecs ?? []).filter((codec) => codec.kind === section.kind);
  const routerRetransmits = known.some(isRtx);
  const found = section.codecs.flatMap((offered) => {
    if (isRtx(offered)) return [];
    const rated = known.map((router) => ({ router, rank: likeness(offered, router) })).sort((a, b) => b.rank - a.rank);
    const best = rated[0];
    if (!best || best.rank === 0) return [];
    const { router, rank } = best;
    const rtx = section.codecs.find((codec) => isRtx(codec) && codec.parameters.apt === offered.payloadType) ?? null;
    const rtcpFeedback = offered.rtcpFeedback.filter((entry) => router.rtcpFeedback?.some((other) => sameFeedback(entry, other)));
    return { rank, common: { offered, router, rtcpFeedback, rtx: routerRetransmits ? rtx : null } };
  });
  return found.sort((a, b) => b.rank - a.rank).map(({ common }) => common);
}

/** As the media plane is told: our own name and format parameters, the offerer's payload type. */
export function codecParameters({ offered, router, rtcpFeedback }: CommonCodec): RtpCodecParameters {
  return {
    mimeType: router.mimeType,
    payloadType: offered.payloadType,
    clockRate: router.clockRate,
    ...(router.channels === undefined ? {} : { channels: router.channels }),
    parameters: { ...router.parameters },
    rtcpFeedback,
  };
}

/** The header extensions (RFC 8285) of a section that our routers read, by the offerer's ids. */
export function commonExtensions(section: OfferedSection, kind: MediaKind, capabilities: RtpCapabilities): OfferedSection['extensions'] {
  const readable = new Set<string>(
    (capabilities.headerExtensions ?? [])
      .filter((extension) => extension.kind === kind && (extension.direction === 'sendrecv' || extension.direction === 'recvonly'))
      .map(({ uri }) => uri),
  );
  const taken = new Set<number>();
  return section.extensions.filter(({ uri, id }) => {
    if (!readable.delete(uri) || taken.has(id)) return false;
    taken.add(id);
    return true;
  });
}
