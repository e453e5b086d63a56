import { z } from 'zod';
import { iceServerSchema, rtpCapabilitiesSchema, subscriptionSchema } from './media.ts';
import { idSchema, timeSchema } from './primitives.ts';

/** A one-to-one room: a private stage of a consultation, for its viewer and one recruiter of the company. */
export const callSchema = z
  .object({
    id: idSchema.meta({ description: 'Also the id of its stage' }),
    consultationId: idSchema,
    sessionId: idSchema,
    companyId: idSchema,
    companyName: z.string(),
    viewerName: z.string(),
    recruiterId: idSchema.meta({ description: 'The account that holds the company’s side' }),
    recruiterName: z.string(),
    status: z.enum(['ringing', 'active', 'ended']),
    present: z.object({ viewer: z.boolean(), recruiter: z.boolean() }).meta({ description: 'Who is connected now' }),
    startedAt: timeSchema,
    answeredAt: timeSchema.nullable(),
    endsAt: timeSchema.meta({ description: 'When ringing stops or, once answered, when the time is up' }),
    handOver: z
      .object({ accountId: idSchema, name: z.string(), until: timeSchema })
      .optional()
      .meta({ description: 'A colleague who is rung to take the company’s side over; absent when nobody is' }),
    endedAt: timeSchema.nullable(),
    endReason: z.enum(['hung-up', 'declined', 'unanswered', 'time-up', 'left', 'consultation-closed']).nullable(),
  })
  .meta({ id: 'Call' });
export type Call = z.infer<typeof callSchema>;

export const callJoinSchema = z.object({ callId: idSchema, rtpCapabilities: rtpCapabilitiesSchema });
export const callEntranceSchema = z.object({ call: callSchema, iceServers: z.array(iceServerSchema), subscription: subscriptionSchema });
export const callHandOverSchema = z.object({ callId: idSchema, accountId: idSchema });
/** Those who could take a call over: recruiters of the company. */
export const callColleagueSchema = z.object({ accountId: idSchema, name: z.string() });
