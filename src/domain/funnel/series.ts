import type { Session, SessionReport } from '../../contract/index.ts';
import type { MinuteCounts } from './store.ts';

const MINUTE = 60_000;
/** A session longer than a day shows its last day. */
const MOST = 24 * 60;

/** The timeline by minute since going live; a minute in which nobody came or went keeps the number it began with. */
export function seriesOf(session: Session, minutes: ReadonlyMap<number, MinuteCounts>, now: number): SessionReport['series'] {
  if (session.liveAt === null) return [];
  const last = Math.floor((session.endedAt ?? now) / MINUTE);
  const first = Math.max(Math.floor(session.liveAt / MINUTE), last - MOST + 1);
  const before = [...minutes].filter(([minute, { last: value }]) => minute < first && value !== undefined).sort(([a], [b]) => b - a);
  let present = before[0]?.[1].last ?? 0;
  const series: SessionReport['series'] = [];
  for (let minute = first; minute <= last; minute += 1) {
    const counts = minutes.get(minute);
    series.push({
      at: minute * MINUTE,
      viewers: counts?.viewers ?? present,
      visits: counts?.visits ?? 0,
      positionViews: counts?.positionViews ?? 0,
      consultations: counts?.consultations ?? 0,
      applications: counts?.applications ?? 0,
    });
    present = counts?.last ?? present;
  }
  return series;
}
