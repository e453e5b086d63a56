import type { Clock } from './ports.ts';

/** Today's date in a time zone (IANA name), `YYYY-MM-DD`. */
export function today(clock: Clock, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(clock());
}
