/** Figures of the media as people read them. */

/** `1.44 Mb/s`, `640 kb/s`, `0`. @param bits a second */
export function bitrateText(bits: number, locale: string): string {
  if (bits < 500) return '0';
  const mega = bits >= 1_000_000;
  const value = new Intl.NumberFormat(locale, { maximumFractionDigits: mega ? 2 : 0 }).format(bits / (mega ? 1_000_000 : 1_000));
  return `${value} ${mega ? 'Mb/s' : 'kb/s'}`;
}

/** `0.3%`. @param share 0 … 1 */
export function shareText(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share);
}

/** `25 ms`; a dash while it is not known. */
export function msText(ms: number | null, locale: string): string {
  return ms === null ? '—' : `${new Intl.NumberFormat(locale, { maximumFractionDigits: ms < 10 ? 1 : 0 }).format(ms)} ms`;
}

/** The codec without its kind, as it is usually written: `H264`. */
export const codecText = (mimeType: string): string => mimeType.slice(mimeType.indexOf('/') + 1);

/** `19:30:05`. */
export const secondText = (at: number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }).format(at);
