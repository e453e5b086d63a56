import { z } from 'zod';

/** Ids are UUIDs version 7 (RFC 9562): sortable by time of creation. */
export const idSchema = z.uuid().meta({ description: 'UUID' });

/** Milliseconds since the Unix epoch, by the server's clock; up to the year 9999, which every database and runtime here can hold. */
export const timeSchema = z.number().int().nonnegative().max(253_402_300_799_999).meta({ description: 'Unix time in milliseconds' });

/** A calendar date in the fair's time zone, `YYYY-MM-DD`. */
export const dateSchema = z.iso.date().refine((date) => date >= '1900-01-01', 'not before 1900-01-01');

/** Made by the client once per intent, so that a retry counts once. */
export const onceIdSchema = z
  .string()
  .min(8)
  .max(64)
  .regex(/^[\w-]+$/, 'letters, digits, - and _ only')
  .meta({ description: 'Chosen by the client once per intent; resend it unchanged to retry' });

// A lone surrogate is not text: PostgreSQL refuses it and browsers show a box.
const wellFormed = (text: string) => text.isWellFormed();
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

/** Trimmed, well-formed Unicode text without control characters; `max` counts UTF-16 units. */
export function textSchema(max: number, min = 1) {
  return z
    .string()
    .max(max * 2)
    .trim()
    .min(min)
    .max(max)
    .refine(wellFormed, 'not well-formed Unicode')
    .refine((text) => !CONTROL.test(text), 'control characters are not allowed');
}

/** A mainland mobile number, kept as +86 and eleven digits (E.164). */
export const phoneSchema = z
  .string()
  .max(20)
  .transform((value) => value.replace(/[\s-]/g, '').replace(/^(\+?86)?(?=1\d{10}$)/, '+86'))
  .pipe(z.string().regex(/^\+861[3-9]\d{9}$/, '请输入 11 位手机号 / an 11-digit mobile number'));

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

/** A page of a list; `next` is the cursor of the following page, null on the last. */
export function pageSchema<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}
