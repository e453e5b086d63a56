import type { Position } from '../../contract/index.ts';

type Pay = Pick<Position, 'payMin' | 'payMax' | 'payPeriod'>;

const yuan = (amount: number): string => amount.toLocaleString('en-US');

/** `6,000–8,500 元/月`, `¥6,000–8,500/month`, or null when neither end is given. Whole yuan before tax. */
export function payText({ payMin, payMax }: Pay, locale: string, period: string): string | null {
  const ends = [payMin, payMax].filter((end) => end !== null);
  if (ends.length === 0) return null;
  const range = payMin !== null && payMax !== null && payMin !== payMax ? `${yuan(payMin)}–${yuan(payMax)}` : yuan(ends[0] ?? 0);
  const open = payMax === null;
  if (locale === 'en') return `${open ? 'from ' : ''}¥${range}/${period}`;
  return `${range} 元${open ? '起' : ''}/${period}`;
}

/** `11月23日 周一 19:30` in the reader's own time zone. */
export function dateTimeText(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(
    at,
  );
}

/** `19:30`. */
export function clockText(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hour12: false }).format(at);
}

/** A calendar date `YYYY-MM-DD` as people write it. */
export function dateText(date: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' }).format(Date.parse(date));
}

/** `YYYY-MM-DD` of a moment in the reader's time zone, for date fields. */
export function dateOf(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A duration as `1:02:03` or `2:03`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const two = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A count with separators; from ten thousand on, Chinese readers get `1.2 万`. Never for figures of a report, which are exact. */
export function roughCount(count: number, locale: string): string {
  return new Intl.NumberFormat(locale, count >= 10_000 ? { notation: 'compact', maximumFractionDigits: 1 } : {}).format(count);
}

/** An exact count with thousand separators. */
export function exactCount(count: number, locale: string): string {
  return new Intl.NumberFormat(locale).format(count);
}

/** `1.4 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** `甲、乙`, `A, B`. */
export function listText(items: readonly string[], locale: string): string {
  return items.join(locale === 'en' ? ', ' : '、');
}
