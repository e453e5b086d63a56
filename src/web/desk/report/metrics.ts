import type { Funnel } from '../../../contract/index.ts';
import { durationText } from '../../shared/format.ts';

/** A figure of a report: one of the funnel's counters, or the average made of two of them. */
export const metricNames = [
  'visits',
  'uniqueViewers',
  'concurrentViewers',
  'peakViewers',
  'averageDwell',
  'positionViews',
  'positionViewers',
  'consultations',
  'applications',
  'withdrawals',
  'hires',
  'hiresConfirmed',
] as const;
export type MetricName = (typeof metricNames)[number];

/** The steps the funnel draws, widest first. */
export const funnelSteps = ['visits', 'uniqueViewers', 'positionViews', 'consultations', 'applications', 'hires'] as const;

/** Which rule of the product defines the figure. */
export const ruleOf: Record<MetricName, string> = {
  visits: 'V1',
  uniqueViewers: 'V2',
  concurrentViewers: 'V3',
  peakViewers: 'V3',
  averageDwell: 'V4',
  positionViews: 'P1',
  positionViewers: 'P1',
  consultations: 'C1',
  applications: 'A1',
  withdrawals: 'A1',
  hires: 'H1',
  hiresConfirmed: 'H1',
};

/** The figure as a whole number: a count, or milliseconds for the average dwell. */
export function figureOf(funnel: Pick<Funnel, 'dwellMs' | 'endedVisits'> & Partial<Funnel>, name: MetricName): number {
  if (name !== 'averageDwell') return funnel[name] ?? 0;
  return funnel.endedVisits === 0 ? 0 : Math.round(funnel.dwellMs / funnel.endedVisits);
}

/** The average dwell for people; a dash while no visit has ended, which is not the same as no time at all. */
export const dwellText = (ms: number): string => (ms === 0 ? '—' : durationText(ms));
