import { z } from 'zod';
import { mediaIdSchema, mediaSourceSchema, seatSchema } from './media.ts';
import { idSchema, timeSchema } from './primitives.ts';

/** Key of a speaker: stable for one person in one session; says nothing about who it is. */
export const speakerKeySchema = z.string().min(1).max(64);

/** 連麥: a viewer whom the recruiter has brought on stage. */
export const stageGuestSchema = z
  .object({
    key: speakerKeySchema,
    name: z.string(),
    publisherId: z.string().nullable().meta({ description: 'As in ConsumerOptions; null until the guest sends, or while it reconnects' }),
    muted: z.boolean().meta({ description: 'Whether its microphone is off, by whoever' }),
  })
  .meta({ id: 'StageGuest' });
export type StageGuest = z.infer<typeof stageGuestSchema>;

/** To a viewer, before it is on stage. */
export const stageInvitationSchema = z
  .object({ id: idSchema, key: speakerKeySchema, name: z.string(), invitedBy: z.string(), expiresAt: timeSchema })
  .meta({ id: 'StageInvitation' });
export type StageInvitation = z.infer<typeof stageInvitationSchema>;

/** How a stage is received, worst first. `none`: nobody sends. */
export const stageConditionSchema = z.enum(['none', 'poor', 'fair', 'good']);
export type StageCondition = z.infer<typeof stageConditionSchema>;

/** Why a condition is not good; the pages have words for each. */
export const conditionReasonSchema = z.enum([
  'publisher-loss',
  'publisher-bitrate',
  'publisher-stalled',
  'viewer-loss',
  'viewer-bandwidth',
  'worker-busy',
]);
export type ConditionReason = z.infer<typeof conditionReasonSchema>;

const count = z.number().int().nonnegative();
const rate = z.number().nonnegative();

export const producerHealthSchema = z
  .object({
    id: mediaIdSchema,
    publisherId: z.string(),
    seat: seatSchema,
    kind: z.enum(['audio', 'video']),
    source: mediaSourceSchema,
    codec: z.string().meta({ description: 'For example video/H264' }),
    paused: z.boolean(),
    score: z.number().meta({ description: '0 (unusable) … 10, of its best layer' }),
    bitrate: rate.meta({ description: 'Bits a second received, all layers' }),
    loss: rate.meta({ description: 'Share of packets lost on the way to us, 0 … 1' }),
    jitterMs: rate,
    roundTripMs: rate.nullable(),
    layers: z.array(z.object({ rid: z.string().nullable(), bitrate: rate, score: z.number() })),
  })
  .meta({ id: 'ProducerHealth' });
export type ProducerHealth = z.infer<typeof producerHealthSchema>;

export const edgeHealthSchema = z
  .object({
    hostId: z.string(),
    workerPid: count,
    origin: z.boolean().meta({ description: 'Whether a publisher is on it' }),
    subscribers: count,
    consumers: count,
    bitrate: rate.meta({ description: 'Bits a second sent to its viewers, estimated' }),
  })
  .meta({ id: 'EdgeHealth' });

export const stageHealthSchema = z
  .object({
    condition: stageConditionSchema,
    reasons: z.array(conditionReasonSchema),
    publishers: count,
    subscribers: count,
    producers: z.array(producerHealthSchema),
    edges: z.array(edgeHealthSchema),
    reception: z
      .object({ good: count, fair: count, poor: count, lowered: count, audioOnly: count })
      .meta({ description: 'Viewers by how well they receive; how many get a lower layer than the best; how many take sound only' }),
  })
  .meta({ id: 'StageHealth' });
export type StageHealth = z.infer<typeof stageHealthSchema>;

export const workerHealthSchema = z.object({
  pid: count,
  alive: z.boolean(),
  retired: z.boolean().meta({ description: 'Taken out because it kept crashing' }),
  routers: count,
  transports: count,
  consumers: count,
  participants: count,
  cpu: rate.meta({ description: 'Share of one core, 0 … 1' }),
  lagMs: rate.meta({ description: 'How long its event loop lets a request wait' }),
  bitrate: rate.meta({ description: 'Bits a second sent, estimated' }),
});

export const mediaHostSchema = z
  .object({ id: z.string(), address: z.string(), here: z.boolean(), workers: z.array(workerHealthSchema) })
  .meta({ id: 'MediaHost' });
export type MediaHostView = z.infer<typeof mediaHostSchema>;

/** publish: for WHIP encoders (OBS, hardware); watch: for WHEP players (a screen in the hall), which are not viewers. */
export const stageKeyPurposeSchema = z.enum(['publish', 'watch']);
export const stageKeySchema = z
  .object({
    id: idSchema,
    purpose: stageKeyPurposeSchema,
    createdByName: z.string(),
    createdAt: timeSchema,
    expiresAt: timeSchema,
    lastUsedAt: timeSchema.nullable(),
  })
  .meta({ id: 'StageKey' });
export type StageKey = z.infer<typeof stageKeySchema>;

/** The bearer token is shown this once. */
export const newStageKeySchema = stageKeySchema.extend({ url: z.string(), token: z.string() }).meta({ id: 'NewStageKey' });
export type NewStageKey = z.infer<typeof newStageKeySchema>;
