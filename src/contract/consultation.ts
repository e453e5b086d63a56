import { z } from 'zod';
import { consultationStatuses } from './nouns.ts';
import { idSchema, onceIdSchema, textSchema, timeSchema } from './primitives.ts';

export const CONSULTATION_TEXT_MAX = 1000;

export const consultationMessageSchema = z
  .object({
    id: idSchema,
    consultationId: idSchema,
    from: z.enum(['viewer', 'recruiter']),
    authorName: z.string(),
    text: z.string(),
    at: timeSchema,
  })
  .meta({ id: 'ConsultationMessage' });
export type ConsultationMessage = z.infer<typeof consultationMessageSchema>;

export const consultationSchema = z
  .object({
    id: idSchema,
    sessionId: idSchema,
    companyId: idSchema,
    companyName: z.string(),
    viewerName: z.string(),
    positionId: idSchema.nullable(),
    status: consultationStatuses.schema,
    ahead: z.number().int().nonnegative().meta({ description: 'How many wait before this one; 0 when it is active or closed' }),
    askedAt: timeSchema,
    answeredAt: timeSchema.nullable(),
    closedAt: timeSchema.nullable(),
    lastMessage: consultationMessageSchema.nullable(),
  })
  .meta({ id: 'Consultation' });
export type Consultation = z.infer<typeof consultationSchema>;

const messageText = textSchema(CONSULTATION_TEXT_MAX);

export const consultationAskSchema = z.object({
  sessionId: idSchema,
  companyId: idSchema,
  positionId: idSchema.nullable().default(null),
  onceId: onceIdSchema,
  text: messageText,
});
export const consultationSendSchema = z.object({ consultationId: idSchema, onceId: onceIdSchema, text: messageText });
export const consultationCloseSchema = z.object({ consultationId: idSchema });
