import type { MediaKind, RtcpFeedback, RtpEncodingParameters } from 'mediasoup/types';
import { z } from 'zod';
import { malformed } from './fault.ts';
import { sdpLimits } from './lines.ts';

/** A codec as one payload type of a section offers it. */
export interface OfferedCodec {
  payloadType: number;
  /** As the offer writes it, for example video/H264. */
  mimeType: string;
  clockRate: number;
  channels: number | null;
  parameters: Record<string, string | number>;
  rtcpFeedback: RtcpFeedback[];
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** A media section (RFC 8866 section 5.14) of an offer. */
export interface OfferedSection {
  index: number;
  /** As the m-line says; data channels and the like are never usable. */
  type: string;
  kind: MediaKind | null;
  mid: string;
  protocol: string;
  /** The formats of the m-line, for a refusal (RFC 3264 section 6). */
  formats: string;
  direction: Direction;
  /** Audio or video over the one transport, not refused by the offerer itself. */
  usable: boolean;
  rtcpMux: boolean;
  reducedSize: boolean;
  codecs: OfferedCodec[];
  extensions: { uri: string; id: number }[];
  /** What the offerer says it will send: by rid (RFC 8853), else by SSRC; empty when it says nothing. */
  encodings: RtpEncodingParameters[];
  /** The list after a=simulcast:send. */
  simulcast: string | null;
  cname: string | null;
}

const word = z.union([z.string(), z.number()]).transform(String).pipe(z.string().max(4_096));
const payload = z.number().int().min(0).max(127);
const list = <S extends z.ZodType>(item: S, max: number) => z.array(item).max(max).default([]);

export const sectionSchema = z.object({
  type: z.string().max(32),
  port: z.number().int().min(0).max(65_535),
  protocol: z.string().max(64),
  payloads: word.default(''),
  mid: word.optional(),
  direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).default('sendrecv'),
  rtcpMux: z.string().optional(),
  rtcpRsize: z.string().optional(),
  bundleOnly: z.string().optional(),
  rtp: list(
    z.object({ payload, codec: word, rate: z.number().int().positive().optional(), encoding: z.number().int().min(1).max(8).optional() }),
    sdpLimits.codecs,
  ),
  fmtp: list(z.object({ payload: z.number().int(), config: word }), sdpLimits.codecs),
  rtcpFb: list(z.object({ payload: z.union([payload, z.literal('*')]), type: word, subtype: word.optional() }), sdpLimits.codecs * 8),
  ext: list(z.object({ value: z.number().int(), uri: word, 'encrypt-uri': word.optional() }), sdpLimits.extensions),
  ssrcs: list(z.object({ id: z.number().int().min(1).max(0xffff_ffff), attribute: word, value: word.optional() }), sdpLimits.ssrcs * 4),
  ssrcGroups: list(z.object({ semantics: word, ssrcs: word }), sdpLimits.ssrcs),
  rids: list(z.object({ id: word, direction: word }), 16),
  simulcast: z.object({ dir1: word, list1: word, dir2: word.optional(), list2: word.optional() }).optional(),
});
type ParsedSection = z.output<typeof sectionSchema>;

/** @param bundle the mids of the BUNDLE group (RFC 9143), null without one */
export function readSection(media: ParsedSection, index: number, bundle: readonly string[] | null): OfferedSection {
  const kind = media.type === 'audio' || media.type === 'video' ? media.type : null;
  const mid = media.mid ?? String(index);
  if (!/^[\x21-\x7e]{1,32}$/.test(mid)) throw malformed('a mid is a short word');
  const bundled = bundle?.includes(mid) ?? true;
  // Port 0 refuses a section, unless it says that it has no port because it is bundled (RFC 9143 section 7.2.1).
  const open = media.port !== 0 || (media.bundleOnly !== undefined && bundle !== null);
  const simulcast = simulcastOf(media);
  return {
    index,
    type: media.type,
    kind,
    mid,
    protocol: media.protocol,
    formats: media.payloads || '0',
    direction: media.direction,
    usable: kind !== null && open && bundled && /^(UDP|TCP)\/TLS\/RTP\/SAVPF?$/.test(media.protocol),
    rtcpMux: media.rtcpMux !== undefined,
    reducedSize: media.rtcpRsize !== undefined,
    codecs: kind ? codecsOf(media, kind) : [],
    extensions: media.ext
      .filter((extension) => extension['encrypt-uri'] === undefined && extension.value >= 1 && extension.value <= 255)
      .map(({ uri, value }) => ({ uri, id: value })),
    encodings: simulcast?.encodings ?? ssrcEncodings(media),
    simulcast: simulcast?.list ?? null,
    cname: media.ssrcs.find(({ attribute }) => attribute === 'cname')?.value?.slice(0, 255) ?? null,
  };
}

/** Codecs in the order of the m-line, which is the offerer's preference (RFC 3264 section 5.1). */
function codecsOf(media: ParsedSection, kind: MediaKind): OfferedCodec[] {
  const order = media.payloads.split(' ').map(Number);
  const maps = new Map(media.rtp.map((map) => [map.payload, map]));
  return [...new Set(order)].flatMap((payloadType) => {
    const map = maps.get(payloadType);
    if (!map?.rate) return [];
    const feedback = media.rtcpFb.filter((entry) => entry.payload === '*' || entry.payload === payloadType);
    return {
      payloadType,
      mimeType: `${kind}/${map.codec}`,
      clockRate: map.rate,
      channels: kind === 'audio' ? (map.encoding ?? 1) : null,
      parameters: parametersOf(media.fmtp.filter((entry) => entry.payload === payloadType).map(({ config }) => config)),
      rtcpFeedback: feedback.slice(0, 16).map(({ type, subtype }) => ({ type, parameter: subtype ?? '' })),
    };
  });
}

/** `a=fmtp` as name and value; what is not so written (telephone-event, red) has none. */
function parametersOf(configs: readonly string[]): Record<string, string | number> {
  const entries = configs
    .flatMap((config) => config.split(';'))
    .slice(0, 64)
    .flatMap((part): [string, string | number][] => {
      // Cut and trimmed without a pattern: one that looks for the end of the spaces takes a time squared in their number.
      const at = part.indexOf('=');
      const name = part.slice(0, Math.max(0, at)).trim().toLowerCase();
      const value = part.slice(at + 1).trim();
      if (!/^[\w.-]{1,64}$/.test(name) || value.length > 1_024 || name === '__proto__') return [];
      // Kept as text where a number would lose something, as in a profile-level-id of digits alone.
      return [[name, /^(0|[1-9]\d{0,8})$/.test(value) && name !== 'profile-level-id' ? Number(value) : value]];
    });
  return Object.fromEntries(entries);
}

function simulcastOf({ simulcast, rids }: ParsedSection): { encodings: RtpEncodingParameters[]; list: string } | null {
  const list = simulcast?.dir1 === 'send' ? simulcast.list1 : simulcast?.dir2 === 'send' ? simulcast.list2 : undefined;
  const known = new Set(rids.filter(({ direction }) => direction === 'send').map(({ id }) => id));
  const names = list
    ? // Of alternatives (a,b) the first; ~ marks one that starts paused (RFC 8853 section 5.1).
      list.split(';').map((alternatives) => (alternatives.split(',')[0] ?? '').replace(/^~/, ''))
    : [...known];
  if (names.length === 0) return null;
  if (names.length > 8 || names.some((name) => !known.has(name)) || new Set(names).size !== names.length) {
    throw malformed('a=simulcast names a rid that a=rid does not');
  }
  return { encodings: names.map((rid) => ({ rid })), list: names.join(';') };
}

/** One encoding for each SSRC of the SIM group, else for the first; with its retransmissions (RFC 4588, group FID of RFC 5576). */
function ssrcEncodings({ ssrcs, ssrcGroups }: ParsedSection): RtpEncodingParameters[] {
  const groups = ssrcGroups.map(({ semantics, ssrcs: text }) => ({ semantics, ids: text.split(' ').map(Number) }));
  const ids = new Set(ssrcs.map(({ id }) => id));
  if (groups.some((group) => group.ids.some((id) => !ids.has(id)))) throw malformed('a=ssrc-group names an SSRC that a=ssrc does not');
  const repairs = new Map(groups.filter(({ semantics }) => semantics === 'FID').map(({ ids: [media, rtx] }) => [media, rtx]));
  const repairing = new Set(repairs.values());
  const layers = groups.find(({ semantics }) => semantics === 'SIM')?.ids ?? [...ids].filter((id) => !repairing.has(id)).slice(0, 1);
  return layers.map((ssrc) => {
    const rtx = repairs.get(ssrc);
    return rtx === undefined ? { ssrc } : { ssrc, rtx: { ssrc: rtx } };
  });
}
