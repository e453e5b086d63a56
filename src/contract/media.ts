import { z } from 'zod';

/**
 * Media parameters as mediasoup-client and mediasoup exchange them. They are
 * checked for shape and size here and for sense by the media plane.
 */
const small = <S extends z.ZodType>(item: S, max: number) => z.array(item).max(max);
const word = z.string().max(255);
const parameterValue = z.union([word, z.number(), z.boolean(), z.null()]);
const codecParameters = z.record(word, parameterValue);
const rtcpFeedback = small(z.object({ type: word, parameter: word.optional() }), 20);
const mediaKind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof mediaKind>;

export const mediaIdSchema = z.string().min(1).max(64);

export const rtpCapabilitiesSchema = z.object({
  codecs: small(
    z.object({
      kind: mediaKind,
      mimeType: word,
      preferredPayloadType: z.number().int().min(0).max(127).optional(),
      clockRate: z.number().int().positive(),
      channels: z.number().int().min(1).max(8).optional(),
      parameters: codecParameters.optional(),
      rtcpFeedback: rtcpFeedback.optional(),
    }),
    64,
  ).optional(),
  headerExtensions: small(
    z.object({
      kind: mediaKind,
      uri: word,
      preferredId: z.number().int().min(1).max(255),
      preferredEncrypt: z.boolean().optional(),
      direction: z.enum(['sendrecv', 'sendonly', 'recvonly', 'inactive']).optional(),
    }),
    64,
  ).optional(),
});

export const rtpParametersSchema = z.object({
  mid: word.optional(),
  codecs: small(
    z.object({
      mimeType: word,
      payloadType: z.number().int().min(0).max(127),
      clockRate: z.number().int().positive(),
      channels: z.number().int().min(1).max(8).optional(),
      parameters: codecParameters.optional(),
      rtcpFeedback: rtcpFeedback.optional(),
    }),
    16,
  ).min(1),
  headerExtensions: small(
    z.object({
      uri: word,
      id: z.number().int().min(1).max(255),
      encrypt: z.boolean().optional(),
      parameters: codecParameters.optional(),
    }),
    32,
  ).optional(),
  encodings: small(
    z.object({
      ssrc: z.number().int().nonnegative().optional(),
      rid: word.optional(),
      codecPayloadType: z.number().int().optional(),
      rtx: z.object({ ssrc: z.number().int().nonnegative() }).optional(),
      dtx: z.boolean().optional(),
      scalabilityMode: word.optional(),
      scaleResolutionDownBy: z.number().positive().optional(),
      maxBitrate: z.number().positive().optional(),
      maxFramerate: z.number().positive().optional(),
      active: z.boolean().optional(),
    }),
    4,
  ).optional(),
  rtcp: z.object({ cname: word.optional(), reducedSize: z.boolean().optional(), mux: z.boolean().optional() }).optional(),
  msid: word.optional(),
});

export const dtlsParametersSchema = z.object({
  role: z.enum(['auto', 'client', 'server']).optional(),
  fingerprints: small(z.object({ algorithm: z.enum(['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512']), value: word }), 8).min(1),
});

export const iceParametersSchema = z.object({
  usernameFragment: word,
  password: word,
  iceLite: z.boolean().optional(),
});

export const transportOptionsSchema = z
  .object({
    id: mediaIdSchema,
    iceParameters: iceParametersSchema,
    iceCandidates: z.array(
      z.object({
        foundation: word,
        priority: z.number(),
        ip: word,
        address: word,
        protocol: z.enum(['udp', 'tcp']),
        port: z.number().int(),
        type: z.enum(['host', 'srflx', 'prflx', 'relay']),
        tcpType: z.literal('passive').optional(),
      }),
    ),
    dtlsParameters: dtlsParametersSchema,
  })
  .meta({ id: 'TransportOptions', description: 'For createSendTransport or createRecvTransport of mediasoup-client' });

/** Where a picture or a sound comes from. */
export const mediaSourceSchema = z.enum(['camera', 'microphone', 'screen', 'screen-audio', 'second-camera']);
export type MediaSource = z.infer<typeof mediaSourceSchema>;

/** lead: the recruiter, or the encoder that stands for one; guest: a viewer on stage, or somebody in a one-to-one room. */
export const seatSchema = z.enum(['lead', 'guest']);
export type Seat = z.infer<typeof seatSchema>;

export const iceServerSchema = z.object({
  urls: z.array(z.string()),
  username: z.string().optional(),
  credential: z.string().optional(),
});
export type IceServer = z.infer<typeof iceServerSchema>;

export const consumerOptionsSchema = z
  .object({
    id: mediaIdSchema,
    producerId: mediaIdSchema,
    kind: mediaKind,
    rtpParameters: rtpParametersSchema,
    publisherId: z.string(),
    source: mediaSourceSchema,
    seat: seatSchema,
  })
  .meta({ id: 'ConsumerOptions' });
export type ConsumerOptions = z.infer<typeof consumerOptionsSchema>;

/** What a viewer needs to see and hear: one receive transport and its consumers, paused until connected. */
export const subscriptionSchema = z
  .object({ transport: transportOptionsSchema, consumers: z.array(consumerOptionsSchema) })
  .meta({ id: 'Subscription' });
export type Subscription = z.infer<typeof subscriptionSchema>;
