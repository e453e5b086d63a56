import { z } from 'zod';
import { outcomeKinds } from './nouns.ts';
import { idSchema, timeSchema } from './primitives.ts';

/**
 * The facts a report counts. A fact belongs to one subject: a session, or the
 * fair itself for what happens outside any session. Viewers appear by their key
 * only: `d:<device id>` for a guest, `a:<account id>` for an account.
 */
const viewerKey = z.string().regex(/^[da]:[\w-]{8,64}$/);
export type ViewerKey = string;
const campusCode = z.string().max(32).nullable();

export const factSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('visit.started'), visitId: idSchema, viewer: viewerKey, campus: campusCode }),
  z.object({
    type: z.literal('visit.ended'),
    visitId: idSchema,
    viewer: viewerKey,
    dwellMs: z.number().int().nonnegative(),
    reason: z.enum(['gone', 'merged', 'sessionEnded']),
  }),
  z.object({ type: z.literal('viewer.identified'), device: viewerKey, account: viewerKey }),
  z.object({ type: z.literal('position.viewed'), viewer: viewerKey, positionId: idSchema }),
  z.object({ type: z.literal('position.pinned'), positionId: idSchema.nullable() }),
  z.object({ type: z.literal('session.live') }),
  z.object({ type: z.literal('session.ended') }),
  z.object({
    type: z.literal('consultation.asked'),
    consultationId: idSchema,
    viewer: viewerKey,
    companyId: idSchema,
    positionId: idSchema.nullable(),
  }),
  z.object({
    type: z.literal('application.submitted'),
    applicationId: idSchema,
    viewer: viewerKey,
    companyId: idSchema,
    positionId: idSchema,
    campus: campusCode,
  }),
  z.object({ type: z.literal('application.withdrawn'), applicationId: idSchema }),
  z.object({ type: z.literal('outcome.recorded'), outcomeId: idSchema, applicationId: idSchema, kind: outcomeKinds.schema }),
  z.object({ type: z.literal('outcome.confirmed'), outcomeId: idSchema, applicationId: idSchema, kind: outcomeKinds.schema }),
]);
export type Fact = z.infer<typeof factSchema>;
export type FactType = Fact['type'];

/** Committed with the change it tells of, in the same transaction, and relayed into the subject's stream afterwards. */
export type RecordedFact = Extract<
  Fact,
  { type: `application.${string}` | `consultation.${string}` | `outcome.${string}` | `session.${string}` }
>;

/** A fact as the subject's stream carries it: `id` makes a retry count once. */
export const factEventSchema = z.object({ id: z.string().min(8).max(80), subjectId: idSchema, at: timeSchema, fact: factSchema });
export type FactEvent = z.infer<typeof factEventSchema>;

/** A fact in the ledger: `hash` is SHA-256 over `prevHash` and the canonical JSON of the event. */
export const ledgerEntrySchema = factEventSchema.extend({
  seq: z.number().int().positive(),
  prevHash: z.string(),
  hash: z.string(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
