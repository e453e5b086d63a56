import { z } from 'zod';
import { positionSchema, sessionSchema } from './fair.ts';
import { iceServerSchema, rtpCapabilitiesSchema, subscriptionSchema } from './media.ts';
import { roles, sessionStatuses } from './nouns.ts';
import { idSchema, textSchema, timeSchema } from './primitives.ts';
import { stageGuestSchema, stageInvitationSchema } from './stage.ts';

export const CHAT_TEXT_MAX = 200;

export const speakerSchema = z.object({
  key: z.string().meta({ description: 'Stable for one person in one session; says nothing about who it is' }),
  name: z.string(),
  role: roles.schema,
});

const chatEntry = z.object({ type: z.literal('chat'), id: z.string(), from: speakerSchema, text: z.string() });
const pinEntry = z.object({
  type: z.literal('pin'),
  position: positionSchema.nullable().meta({ description: 'null when the card is taken down' }),
});
const sessionEntry = z.object({ type: z.literal('session'), status: sessionStatuses.schema });
const stageEntry = z.object({
  type: z.literal('stage'),
  publishing: z.boolean().meta({ description: 'Whether a recruiter is sending picture or sound' }),
});
const guestEntry = z.object({
  type: z.literal('guest'),
  guest: stageGuestSchema,
  on: z.boolean().meta({ description: 'Whether the guest is on stage; a change of its microphone or publisher is told again with true' }),
});
const noticeEntry = z.object({ type: z.literal('notice'), text: z.string() });

/** What an appended feed entry says, before it has a number. */
export const feedBodySchema = z.discriminatedUnion('type', [chatEntry, pinEntry, sessionEntry, stageEntry, guestEntry, noticeEntry]);
export type FeedBody = z.infer<typeof feedBodySchema>;

const numbered = { seq: z.number().int().positive(), at: timeSchema };
/** One numbered entry of a session's feed: what everybody in the room sees, in order, without gaps. */
export const feedEntrySchema = z
  .discriminatedUnion('type', [
    chatEntry.extend(numbered),
    pinEntry.extend(numbered),
    sessionEntry.extend(numbered),
    stageEntry.extend(numbered),
    guestEntry.extend(numbered),
    noticeEntry.extend(numbered),
  ])
  .meta({ id: 'FeedEntry' });
export type FeedEntry = z.infer<typeof feedEntrySchema>;

export const roomCountsSchema = z
  .object({
    viewers: z.number().int().meta({ description: 'Concurrent viewers now (rule V3)' }),
    visits: z.number().int().meta({ description: '觀看人次 so far (rule V1)' }),
  })
  .meta({ id: 'RoomCounts' });
export type RoomCounts = z.infer<typeof roomCountsSchema>;

/** Entries `from`…`to` of the feed, complete and in order, with the newest counts; `entries` may be empty. */
export const frameSchema = z
  .object({
    sessionId: idSchema,
    from: z
      .number()
      .int()
      .meta({ description: 'The sequence before the first entry: equal to the last one the client has, else it asks room.catchUp' }),
    to: z.number().int(),
    entries: z.array(feedEntrySchema),
    counts: roomCountsSchema,
  })
  .meta({ id: 'Frame' });
export type Frame = z.infer<typeof frameSchema>;

/** What a link leads to, before any socket: enough to draw the page and to prepare the media device. */
export const roomEntranceSchema = z
  .object({
    session: sessionSchema,
    routerRtpCapabilities: rtpCapabilitiesSchema,
    signedIn: z.object({ token: z.string(), expiresAt: timeSchema, role: roles.schema, name: z.string() }),
  })
  .meta({ id: 'RoomEntrance' });
export type RoomEntrance = z.infer<typeof roomEntranceSchema>;

export const enterRoomSchema = z.object({
  campus: z.string().max(64).optional().meta({ description: 'The code of the campus link (?c=); unknown codes are ignored' }),
});

export const joinSchema = z.object({
  sessionId: idSchema,
  campus: z.string().max(64).optional(),
  lastSeq: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .meta({ description: 'The last feed sequence the client has; absent on the first join' }),
  rtpCapabilities: rtpCapabilitiesSchema.optional().meta({ description: 'Absent: data only (no picture, no sound)' }),
});

export const snapshotSchema = z
  .object({
    session: sessionSchema,
    self: speakerSchema,
    pinned: positionSchema.nullable(),
    publishing: z.boolean(),
    guests: z.array(stageGuestSchema).meta({ description: 'Viewers on stage (連麥)' }),
    invitation: stageInvitationSchema.nullable().meta({ description: 'To come on stage, when this person has one' }),
    counts: roomCountsSchema,
    feed: z.object({
      entries: z.array(feedEntrySchema),
      lastSeq: z.number().int().nonnegative(),
      complete: z.boolean().meta({ description: 'false: entries before the first one given are no longer kept; start afresh from these' }),
    }),
    media: z
      .object({ iceServers: z.array(iceServerSchema), subscription: subscriptionSchema })
      .nullable()
      .meta({ description: 'null when no capabilities were sent or the media service is being restored (media.subscribe asks again)' }),
    serverTime: timeSchema,
  })
  .meta({ id: 'Snapshot' });
export type Snapshot = z.infer<typeof snapshotSchema>;

export const chatSchema = z.object({
  sessionId: idSchema,
  id: z
    .string()
    .min(8)
    .max(64)
    .regex(/^[\w-]+$/),
  text: textSchema(CHAT_TEXT_MAX),
});
