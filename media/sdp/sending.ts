import type { MediaKind, RtpCapabilities, RtpHeaderExtensionUri, RtpParameters } from 'mediasoup/types';
import type { MediaSource } from '../types.ts';
import type { AnsweredSection } from './answer.ts';
import { codecParameters, commonCodecs, commonExtensions } from './codecs.ts';
import { malformed, unsupported } from './fault.ts';
import type { Offer } from './offer.ts';
import type { OfferedSection } from './section.ts';

/** One stream that the offerer will send, as the media plane takes it. */
export interface SentStream {
  kind: MediaKind;
  source: MediaSource;
  rtpParameters: RtpParameters;
}

export interface Sending {
  streams: SentStream[];
  /** Every section of the offer, in its order (RFC 3264 section 6). */
  sections: AnsweredSection[];
}

const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const RID = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id';
const MOST_ENCODINGS = 3;
/** The first picture is the camera, a second one a screen; so it is with sound. */
const sources: Record<MediaKind, MediaSource[]> = { video: ['camera', 'screen'], audio: ['microphone', 'screen-audio'] };

/**
 * What an offerer will send of its offer to our routers: one codec a section,
 * with retransmissions where both have them.
 * @throws SdpError unsupported when there is nothing that we could take
 */
export function readSending(offer: Offer, capabilities: RtpCapabilities): Sending {
  const left = { video: [...sources.video], audio: [...sources.audio] };
  const streams: SentStream[] = [];
  const sections = offer.sections.map((offered): AnsweredSection => {
    const { kind } = offered;
    if (!kind || !offered.usable || !sends(offered)) return { offered, accepted: null };
    const source = left[kind][0];
    const [codec] = commonCodecs(offered, capabilities);
    if (!source || !codec) return { offered, accepted: null };
    left[kind].shift();
    const extensions = commonExtensions(offered, kind, capabilities);
    const encodings = offered.encodings.slice(0, MOST_ENCODINGS);
    demandRecognizable(offered, extensions);
    streams.push({
      kind,
      source,
      rtpParameters: {
        mid: offered.mid,
        codecs: [
          codecParameters(codec),
          ...(codec.rtx
            ? [
                {
                  mimeType: `${kind}/rtx`,
                  payloadType: codec.rtx.payloadType,
                  clockRate: codec.rtx.clockRate,
                  parameters: { apt: codec.offered.payloadType },
                },
              ]
            : []),
        ],
        // Those our routers read were chosen by their names, of which the type lists the known ones.
        headerExtensions: extensions.map(({ uri, id }) => ({ uri: uri as RtpHeaderExtensionUri, id })),
        // A sender that names none is known by its mid.
        encodings: encodings.length === 0 ? [{}] : encodings,
        rtcp: { ...(offered.cname ? { cname: offered.cname } : {}), reducedSize: offered.reducedSize },
      },
    });
    const simulcast = offered.simulcast === null ? null : encodings.flatMap(({ rid }) => rid ?? []);
    return { offered, accepted: { direction: 'recvonly', codecs: [codec], extensions, simulcast, stream: null } };
  });
  demandDistinct(streams);
  if (streams.length === 0) throw unsupported(`no audio or video in a codec that is carried here: ${namesOf(capabilities)}`);
  return { streams, sections };
}

const sends = ({ direction }: OfferedSection) => direction === 'sendonly' || direction === 'sendrecv';

/** Packets must say what they belong to: by SSRC, by mid, or by rid. */
function demandRecognizable({ encodings }: OfferedSection, extensions: readonly { uri: string }[]): void {
  const has = (uri: string) => extensions.some((extension) => extension.uri === uri);
  if (encodings.length === 0 && !has(MID)) throw unsupported('neither a=ssrc nor the mid header extension says which packets are meant');
  if (encodings.some(({ rid }) => rid !== undefined) && !has(RID))
    throw unsupported('simulcast by rid needs the rtp-stream-id header extension');
}

/** @throws SdpError malformed when one SSRC stands for two streams (RFC 3550 section 8) */
function demandDistinct(streams: readonly SentStream[]): void {
  const ssrcs = streams
    .flatMap(({ rtpParameters }) => rtpParameters.encodings ?? [])
    .flatMap(({ ssrc, rtx }) => [ssrc, rtx?.ssrc])
    .filter((ssrc) => ssrc !== undefined);
  if (new Set(ssrcs).size !== ssrcs.length) throw malformed('one SSRC stands for two streams');
}

/** For people who set an encoder up. */
export function namesOf({ codecs = [] }: RtpCapabilities): string {
  const names = codecs.map(({ mimeType }) => mimeType.split('/')[1] ?? '').filter((name) => name.toLowerCase() !== 'rtx');
  return [...new Set(names)].join(', ');
}
