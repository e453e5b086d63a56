import { z } from 'zod';
import { roles, staffRoleSchema } from './nouns.ts';
import { idSchema, phoneSchema, textSchema, timeSchema } from './primitives.ts';

/** A grant gives a staff account a role within a scope; an absent scope part means "all". */
export const grantSchema = z
  .object({
    role: staffRoleSchema,
    fairId: idSchema.nullable(),
    companyId: idSchema.nullable(),
    sessionId: idSchema.nullable(),
  })
  .meta({ id: 'Grant' });
export type Grant = z.infer<typeof grantSchema>;

export const loginSchema = z
  .string()
  .trim()
  .toLowerCase()
  .min(3)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9._@-]*$/, 'letters, digits and . _ @ - only');
export const passwordSchema = z.string().min(10, '至少 10 个字符 / at least 10 characters').max(200);

export const accountSchema = z
  .object({
    id: idSchema,
    kind: z.enum(['viewer', 'staff']),
    name: z.string(),
    login: z.string().nullable(),
    grants: z.array(grantSchema),
  })
  .meta({ id: 'Account' });
export type Account = z.infer<typeof accountSchema>;

/** What a sign-in or renewal answers. The refresh token travels in an httpOnly cookie only. */
export const signedInSchema = z
  .object({
    token: z.string().meta({ description: 'Access token (JWT, RFC 7519); send as Authorization: Bearer' }),
    expiresAt: timeSchema,
    role: roles.schema,
    account: accountSchema.nullable().meta({ description: 'null for a guest' }),
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.infer<typeof signedInSchema>;

export const signInSchema = z.object({ login: loginSchema, password: z.string().min(1).max(200) });

export const codeRequestSchema = z.object({ phone: phoneSchema });
export const codeSentSchema = z.object({
  expiresAt: timeSchema,
  resendAfterMs: z.number().int(),
  developmentCode: z.string().optional().meta({ description: 'Only from the development SMS sender, never in production' }),
});
export const codeVerifySchema = z.object({
  phone: phoneSchema,
  code: z.string().regex(/^\d{6}$/, '6 位数字 / six digits'),
  name: textSchema(40).optional(),
});

export const invitationCreateSchema = z.object({
  role: staffRoleSchema,
  fairId: idSchema.nullable().default(null),
  companyId: idSchema.nullable().default(null),
  sessionId: idSchema.nullable().default(null),
});
export const invitationSchema = z
  .object({
    id: idSchema,
    role: staffRoleSchema,
    link: z.string().meta({ description: 'Signed, works once' }),
    expiresAt: timeSchema,
  })
  .meta({ id: 'Invitation' });
export const invitationAcceptSchema = z.object({
  token: z.string().min(10).max(2000),
  login: loginSchema,
  password: passwordSchema,
  name: textSchema(40),
});
