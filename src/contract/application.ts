import { z } from 'zod';
import { applicationStatuses, audienceGroups, outcomeKinds } from './nouns.ts';
import { dateSchema, idSchema, onceIdSchema, pageQuerySchema, phoneSchema, textSchema, timeSchema } from './primitives.ts';

export const RESUME_MAX_BYTES = 10 * 1024 * 1024;
export const resumeMediaTypes = ['application/pdf', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'] as const;

/** The short form; with a file, `experience` may stay empty. */
export const resumeFormSchema = z.object({
  name: textSchema(40),
  phone: phoneSchema,
  group: audienceGroups.schema.default('other'),
  school: textSchema(60, 0).default(''),
  major: textSchema(60, 0).default(''),
  degree: textSchema(20, 0).default(''),
  experience: textSchema(2000, 0).default(''),
});
export type ResumeForm = z.infer<typeof resumeFormSchema>;

export const consentInputSchema = z.object({
  accepted: z.literal(true, '请先同意简历使用授权 / the consent must be accepted'),
  until: dateSchema.meta({ description: 'The company may use the résumé until this day' }),
});

/** The `application` part of the multipart body; the optional `file` part follows it. */
export const applicationInputSchema = z.object({
  positionId: idSchema,
  sessionId: idSchema.nullable().default(null).meta({ description: 'The session watched while applying' }),
  onceId: onceIdSchema,
  form: resumeFormSchema,
  consent: consentInputSchema,
});
export type ApplicationInput = z.infer<typeof applicationInputSchema>;

export const resumeOpeningSchema = z.object({ by: z.string(), companyName: z.string(), at: timeSchema });

/** An application as its applicant sees it. */
export const myApplicationSchema = z
  .object({
    id: idSchema,
    positionId: idSchema,
    positionTitle: z.string(),
    companyName: z.string(),
    sessionId: idSchema.nullable(),
    status: applicationStatuses.schema,
    submittedAt: timeSchema,
    withdrawnAt: timeSchema.nullable(),
    fileName: z.string().nullable(),
    consentUntil: dateSchema,
    openings: z.array(resumeOpeningSchema),
    outcomes: z.array(z.object({ id: idSchema, kind: outcomeKinds.schema, at: timeSchema, confirmedAt: timeSchema.nullable() })),
  })
  .meta({ id: 'MyApplication' });
export type MyApplication = z.infer<typeof myApplicationSchema>;

/** An application in the company's list: nothing that identifies the applicant beyond the family name. */
export const applicationListItemSchema = z
  .object({
    id: idSchema,
    positionId: idSchema,
    positionTitle: z.string(),
    companyId: idSchema,
    sessionId: idSchema.nullable(),
    applicantName: z.string().meta({ description: 'Masked: 王**' }),
    group: audienceGroups.schema,
    status: applicationStatuses.schema,
    submittedAt: timeSchema,
    hasFile: z.boolean(),
    latestOutcome: outcomeKinds.schema.nullable(),
  })
  .meta({ id: 'ApplicationListItem' });
export type ApplicationListItem = z.infer<typeof applicationListItemSchema>;

/** The opened résumé. Asking for it is recorded and shown to the applicant. */
export const openedApplicationSchema = applicationListItemSchema
  .extend({
    form: resumeFormSchema,
    file: z
      .object({
        name: z.string(),
        mediaType: z.enum(resumeMediaTypes),
        bytes: z.number().int(),
        link: z.string().meta({ description: 'Signed, for a few minutes, for this staff account' }),
      })
      .nullable(),
    outcomes: z.array(z.object({ id: idSchema, kind: outcomeKinds.schema, at: timeSchema, confirmedAt: timeSchema.nullable() })),
  })
  .meta({ id: 'OpenedApplication' });
export type OpenedApplication = z.infer<typeof openedApplicationSchema>;

export const applicationQuerySchema = pageQuerySchema.extend({
  fairId: idSchema.optional(),
  companyId: idSchema.optional(),
  sessionId: idSchema.optional(),
  positionId: idSchema.optional(),
});

export const outcomeInputSchema = z.object({ kind: outcomeKinds.schema, onceId: onceIdSchema });
export const outcomeSchema = z
  .object({ id: idSchema, applicationId: idSchema, kind: outcomeKinds.schema, at: timeSchema, confirmedAt: timeSchema.nullable() })
  .meta({ id: 'Outcome' });
export type Outcome = z.infer<typeof outcomeSchema>;
