import { z } from 'zod';
import { audienceGroups, campusKinds, industries, payPeriods, positionKinds, positionStatuses, sessionStatuses } from './nouns.ts';
import { dateSchema, idSchema, pageQuerySchema, textSchema, timeSchema } from './primitives.ts';

const timeZoneSchema = z
  .string()
  .max(64)
  .refine((zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return true;
    } catch {
      return false;
    }
  }, 'an IANA time zone such as Asia/Shanghai');

// Defaults are for what is created: a change must leave alone what it does not name.
const fairFieldsSchema = z.object({
  name: textSchema(80),
  nameEn: textSchema(120, 0),
  organizerName: textSchema(80),
  timeZone: timeZoneSchema,
  startsOn: dateSchema,
  endsOn: dateSchema,
});
export const fairInputSchema = fairFieldsSchema.extend({
  nameEn: fairFieldsSchema.shape.nameEn.default(''),
  timeZone: fairFieldsSchema.shape.timeZone.default('Asia/Shanghai'),
});
export const fairChangesSchema = fairFieldsSchema.partial();
export const fairSchema = fairInputSchema.extend({ id: idSchema, createdAt: timeSchema }).meta({ id: 'Fair' });
export type FairInput = z.infer<typeof fairInputSchema>;
export type Fair = z.infer<typeof fairSchema>;

const companyFieldsSchema = z.object({
  name: textSchema(80),
  nameEn: textSchema(120, 0),
  industry: industries.schema,
  province: textSchema(40),
  city: textSchema(40),
  introduction: textSchema(2000, 0),
  licenceNumber: textSchema(40, 0).meta({ description: '统一社会信用代码' }),
  licenceExpiresOn: dateSchema.nullable(),
});
const companyFields = companyFieldsSchema.shape;
export const companyInputSchema = companyFieldsSchema.extend({
  nameEn: companyFields.nameEn.default(''),
  introduction: companyFields.introduction.default(''),
  licenceNumber: companyFields.licenceNumber.default(''),
  licenceExpiresOn: companyFields.licenceExpiresOn.default(null),
});
export const companyChangesSchema = companyFieldsSchema.partial();
export const companySchema = companyInputSchema.extend({ id: idSchema, fairId: idSchema, createdAt: timeSchema }).meta({ id: 'Company' });
export type CompanyInput = z.infer<typeof companyInputSchema>;
export type Company = z.infer<typeof companySchema>;

export const campusInputSchema = z.object({
  name: textSchema(80),
  kind: campusKinds.schema,
  province: textSchema(40),
  code: z
    .string()
    .min(2)
    .max(32)
    .regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and - only')
    .meta({ description: 'Carried by links as ?c=' }),
});
export const campusSchema = campusInputSchema.extend({ id: idSchema, fairId: idSchema, createdAt: timeSchema }).meta({ id: 'Campus' });
export type CampusInput = z.infer<typeof campusInputSchema>;
export type Campus = z.infer<typeof campusSchema>;

/** Money is whole yuan before tax. */
const positionFieldsSchema = z.object({
  kind: positionKinds.schema,
  title: textSchema(60),
  headcount: z.number().int().min(1).max(9999),
  duties: textSchema(2000, 0).default(''),
  conditions: textSchema(2000, 0).default(''),
  place: textSchema(80, 0).default(''),
  payMin: z.number().int().min(0).max(10_000_000).nullable().default(null),
  payMax: z.number().int().min(0).max(10_000_000).nullable().default(null),
  payPeriod: payPeriods.schema.default('month'),
  benefits: z.array(textSchema(20)).max(12).default([]),
  groups: z.array(audienceGroups.schema).max(4).default([]),
  expiresOn: dateSchema.nullable().default(null),
  training: z
    .object({
      place: textSchema(80),
      months: z.number().int().min(1).max(60),
      payer: textSchema(80),
      seats: z.number().int().min(1).max(9999),
      employer: textSchema(80),
    })
    .nullable()
    .default(null)
    .meta({ description: 'The facts of an order class 订单班; null for other kinds' }),
});
export const positionInputSchema = positionFieldsSchema.refine(
  (input) => input.payMin === null || input.payMax === null || input.payMax >= input.payMin,
  { path: ['payMax'], message: '不能低于最低薪资 / not below payMin' },
);
export const positionSchema = positionFieldsSchema
  .extend({
    id: idSchema,
    fairId: idSchema,
    companyId: idSchema,
    companyName: z.string(),
    industry: industries.schema,
    status: positionStatuses.schema,
    createdAt: timeSchema,
  })
  .meta({ id: 'Position' });
export type PositionInput = z.infer<typeof positionInputSchema>;
export type Position = z.infer<typeof positionSchema>;

export const positionQuerySchema = pageQuerySchema.extend({
  fairId: idSchema.optional(),
  companyId: idSchema.optional(),
  sessionId: idSchema.optional().meta({ description: "Positions of the session's companies" }),
  kind: positionKinds.schema.optional(),
  industry: industries.schema.optional(),
  search: textSchema(40, 0).optional(),
});

export const sessionInputSchema = z.object({
  title: textSchema(80),
  companyIds: z.array(idSchema).min(1).max(20),
  startsAt: timeSchema,
});
export const sessionSchema = z
  .object({
    id: idSchema,
    fairId: idSchema,
    fairName: z.string(),
    title: z.string(),
    companies: z.array(z.object({ id: idSchema, name: z.string(), industry: industries.schema })),
    startsAt: timeSchema,
    status: sessionStatuses.schema,
    liveAt: timeSchema.nullable(),
    endedAt: timeSchema.nullable(),
  })
  .meta({ id: 'Session' });
export type SessionInput = z.infer<typeof sessionInputSchema>;
export type Session = z.infer<typeof sessionSchema>;
