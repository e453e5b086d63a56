import type { MediaKind, RtpCapabilities } from 'mediasoup/types';
import type { ConsumerOptions, MediaSource } from '../types.ts';
import type { AnsweredSection } from './answer.ts';
import { type CommonCodec, commonCodecs } from './codecs.ts';
import { unsupported } from './fault.ts';
import type { Offer } from './offer.ts';
import { namesOf } from './sending.ts';

/** What an offerer can receive, as the media plane asks for it. */
export interface Receiving {
  /** Without retransmissions and header extensions, whose numbers would not be the offerer's. */
  rtpCapabilities: RtpCapabilities;
  /** By MIME type in lower case: an answer must use the numbers of the offer (RFC 3264 section 6.1). */
  payloadTypes: Record<string, number>;
  /** By kind, what of the offer those are. */
  codecs: Record<MediaKind, CommonCodec[]>;
}

/**
 * @throws SdpError unsupported when it can receive nothing that is sent here
 */
export function readReceiving(offer: Offer, capabilities: RtpCapabilities): Receiving {
  const codecs: Receiving['codecs'] = { audio: [], video: [] };
  for (const section of offer.sections) {
    if (!section.kind || !section.usable || !receives(section) || codecs[section.kind].length > 0) continue;
    for (const common of commonCodecs(section, capabilities)) {
      // One payload type a codec: the one that fits best comes first.
      if (!codecs[section.kind].some(({ router }) => router.mimeType === common.router.mimeType)) codecs[section.kind].push(common);
    }
  }
  const all = [...codecs.audio, ...codecs.video];
  if (all.length === 0) throw unsupported(`offer to receive at least one of ${namesOf(capabilities)}`);
  return {
    rtpCapabilities: {
      codecs: all.map(({ offered, router, rtcpFeedback }) => ({
        kind: router.kind,
        mimeType: router.mimeType,
        preferredPayloadType: offered.payloadType,
        clockRate: router.clockRate,
        ...(router.channels === undefined ? {} : { channels: router.channels }),
        parameters: { ...router.parameters },
        rtcpFeedback,
      })),
      headerExtensions: [],
    },
    payloadTypes: Object.fromEntries(all.map(({ offered, router }) => [router.mimeType.toLowerCase(), offered.payloadType])),
    codecs,
  };
}

/** The order in which sections are filled: the recruiter's camera before its screen, and both before a guest. */
const order: MediaSource[] = ['camera', 'microphone', 'screen', 'screen-audio', 'second-camera'];
const rankOf = ({ seat, source }: ConsumerOptions) => (seat === 'lead' ? 0 : order.length) + order.indexOf(source);

/**
 * Gives the sections that wait for a stream one each; those left over are refused.
 * @returns the answer's sections, and the consumers that are in them
 */
export function fillSections(
  offer: Offer,
  { codecs }: Receiving,
  consumers: readonly ConsumerOptions[],
): { sections: AnsweredSection[]; filled: ConsumerOptions[] } {
  const left = [...consumers].sort((a, b) => rankOf(a) - rankOf(b));
  const filled: ConsumerOptions[] = [];
  const sections = offer.sections.map((offered): AnsweredSection => {
    const refused: AnsweredSection = { offered, accepted: null };
    if (!offered.kind || !offered.usable || !receives(offered)) return refused;
    const at = left.findIndex(({ kind }) => kind === offered.kind);
    const consumer = left[at];
    const payloadType = consumer?.rtpParameters.codecs[0]?.payloadType;
    const codec = codecs[offered.kind].find((common) => common.offered.payloadType === payloadType);
    // A second section may not offer what the first one fixed.
    if (!consumer || !codec || !offered.codecs.some((own) => own.payloadType === payloadType)) return refused;
    left.splice(at, 1);
    filled.push(consumer);
    const ssrc = consumer.rtpParameters.encodings?.[0]?.ssrc ?? null;
    const stream = ssrc === null ? null : { ssrc, cname: consumer.rtpParameters.rtcp?.cname ?? consumer.id, trackId: consumer.id };
    return { offered, accepted: { direction: 'sendonly', codecs: [codec], extensions: [], simulcast: null, stream } };
  });
  return { sections, filled };
}

const receives = ({ direction }: { direction: string }) => direction === 'recvonly' || direction === 'sendrecv';
