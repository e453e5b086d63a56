import type { Funnel, SessionReport } from '../../contract/index.ts';

const names: Record<keyof Funnel, [zh: string, en: string, rule: string]> = {
  visits: ['观看人次', 'Visits', 'V1'],
  uniqueViewers: ['观看人数', 'Unique viewers', 'V2'],
  concurrentViewers: ['当前在线', 'Concurrent viewers', 'V3'],
  peakViewers: ['最高同时在线', 'Peak viewers', 'V3'],
  dwellMs: ['观看时长（毫秒）', 'Dwell (ms)', 'V4'],
  endedVisits: ['已结束的观看', 'Ended visits', 'V4'],
  positionViews: ['岗位查看次数', 'Position views', 'P1'],
  positionViewers: ['岗位查看（人·岗去重）', 'Unique viewer-position views', 'P1'],
  consultations: ['咨询', 'Consultations', 'C1'],
  applications: ['投递', 'Applications', 'A1'],
  withdrawals: ['撤回', 'Withdrawals', 'A1'],
  hires: ['录用', 'Hires', 'H1'],
  hiresConfirmed: ['求职者已确认的录用', 'Hires confirmed', 'H1'],
};

/** One cell (RFC 4180). Text that a spreadsheet would run as a formula is made text by an apostrophe. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const harmless = /^[\s]*[=+\-@\t\r|%]/.test(value) ? `'${value}` : value;
  return /[",\r\n;\t]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

const isoOf = (at: number | null) => (at === null ? '' : new Date(at).toISOString());

/** A session's report as CSV: UTF-8 with a byte order mark, which spreadsheets need to read Chinese. Times are UTC. */
export function sessionReportCsv({ session, funnel, recomputed, series, ledger, agrees, generatedAt }: SessionReport): string {
  const rows: (string | number)[][] = [
    ['指标', 'Metric', '规则 Rule', '数值 Value', '台账重算 From the ledger'],
    ...(Object.keys(names) as (keyof Funnel)[]).map((name) => [...names[name], funnel[name], recomputed[name]]),
    [],
    ['场次', 'Session', '', session.title],
    ['招聘会', 'Fair', '', session.fairName],
    ['开播时间', 'Live at', '', isoOf(session.liveAt)],
    ['结束时间', 'Ended at', '', isoOf(session.endedAt)],
    ['报表时间', 'Generated at', '', isoOf(generatedAt)],
    ['台账条数', 'Ledger entries', 'R1', ledger.entries],
    ['待入账', 'Pending', 'R1', ledger.pending],
    ['台账末端哈希', 'Ledger head', 'R1', ledger.head ?? ''],
    ['与台账一致', 'Agrees with the ledger', 'R1', agrees ? '是 yes' : '否 no'],
    [],
    ['分钟 Minute', '在线 Viewers', '观看人次 Visits', '岗位查看 Position views', '咨询 Consultations', '投递 Applications'],
    ...series.map((minute) => [
      isoOf(minute.at),
      minute.viewers,
      minute.visits,
      minute.positionViews,
      minute.consultations,
      minute.applications,
    ]),
  ];
  return `\uFEFF${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}
