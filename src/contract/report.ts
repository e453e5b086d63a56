import { z } from 'zod';
import { sessionSchema } from './fair.ts';
import { idSchema, timeSchema } from './primitives.ts';

const count = (description: string) => z.number().int().nonnegative().meta({ description });

/** The counters of one session; each is defined by the rule named. */
export const funnelSchema = z
  .object({
    visits: count('V1 观看人次'),
    uniqueViewers: count('V2 观看人数'),
    concurrentViewers: count('V3 present now'),
    peakViewers: count('V3 the true maximum'),
    dwellMs: count('V4 present time of ended visits, milliseconds'),
    endedVisits: count('Visits that dwellMs adds up'),
    positionViews: count('P1 in total'),
    positionViewers: count('P1 unique per viewer and position'),
    consultations: count('C1'),
    applications: count('A1'),
    withdrawals: count('A1 applications withdrawn since'),
    hires: count('H1 recorded by companies'),
    hiresConfirmed: count('H1 of them confirmed by the applicant'),
  })
  .meta({ id: 'Funnel' });
export type Funnel = z.infer<typeof funnelSchema>;
export const emptyFunnel: Funnel = Object.freeze({
  visits: 0,
  uniqueViewers: 0,
  concurrentViewers: 0,
  peakViewers: 0,
  dwellMs: 0,
  endedVisits: 0,
  positionViews: 0,
  positionViewers: 0,
  consultations: 0,
  applications: 0,
  withdrawals: 0,
  hires: 0,
  hiresConfirmed: 0,
});

export const sessionReportSchema = z
  .object({
    session: sessionSchema,
    funnel: funnelSchema,
    series: z
      .array(
        z.object({
          at: timeSchema,
          viewers: z.number().int(),
          visits: z.number().int(),
          positionViews: z.number().int(),
          consultations: z.number().int(),
          applications: z.number().int(),
        }),
      )
      .meta({ description: 'By minute since going live: viewers is the maximum in the minute, the others are counts in the minute' }),
    ledger: z.object({
      entries: z.number().int().meta({ description: 'Events in the ledger' }),
      pending: z.number().int().meta({ description: 'Counted but not yet drained into the ledger' }),
      head: z.string().nullable().meta({ description: 'Hash of the last entry, hexadecimal SHA-256' }),
    }),
    recomputed: funnelSchema.meta({ description: 'The same figures from the ledger alone (R1)' }),
    agrees: z
      .boolean()
      .meta({ description: 'false: the counters and the ledger differ, a fault (R1); only judged when nothing is pending' }),
    generatedAt: timeSchema,
  })
  .meta({ id: 'SessionReport' });
export type SessionReport = z.infer<typeof sessionReportSchema>;

export const fairReportSchema = z
  .object({
    fairId: idSchema,
    sessions: z.array(z.object({ session: sessionSchema, funnel: funnelSchema })),
    companies: z.number().int(),
    positions: z.number().int(),
    headcount: z.number().int(),
    totals: funnelSchema
      .omit({ concurrentViewers: true, peakViewers: true, uniqueViewers: true })
      .meta({ description: 'Sessions added up, 人次 (R3)' }),
    generatedAt: timeSchema,
  })
  .meta({ id: 'FairReport' });
export type FairReport = z.infer<typeof fairReportSchema>;
