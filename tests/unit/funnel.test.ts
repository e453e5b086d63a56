import * as fc from 'fast-check';
import { v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import { emptyFunnel, type Fact, type SessionReport } from '../../src/contract/index.ts';
import { csvCell, sessionReportCsv } from '../../src/domain/funnel/csv.ts';
import { recompute } from '../../src/domain/funnel/fold.ts';
import { seriesOf } from '../../src/domain/funnel/series.ts';
import { aSession } from '../support/room-people.ts';

const viewer = (n: number) => `d:device-${n}`;
const started = (visitId: string, who: string): Fact => ({ type: 'visit.started', visitId, viewer: who, campus: null });
const ended = (visitId: string, who: string, dwellMs: number, reason: 'gone' | 'merged' | 'sessionEnded' = 'gone'): Fact => ({
  type: 'visit.ended',
  visitId,
  viewer: who,
  dwellMs,
  reason,
});

describe('R1 the funnel from facts alone', () => {
  test('nothing happened: all zero', () => expect(recompute([])).toEqual(emptyFunnel));

  test('V1–V4: visits, people, presence, the true peak and dwell', () => {
    const facts = [
      started('1', viewer(1)),
      started('2', viewer(2)),
      ended('1', viewer(1), 5_000),
      started('3', viewer(1)),
      ended('2', viewer(2), 700),
    ];
    expect(recompute(facts)).toMatchObject({
      visits: 3,
      uniqueViewers: 2,
      concurrentViewers: 1,
      peakViewers: 2,
      dwellMs: 5_700,
      endedVisits: 2,
    });
  });

  test('V2: a merged visit is taken off the visits and has no dwell', () => {
    const facts: Fact[] = [
      started('1', viewer(1)),
      started('2', 'a:account-1'),
      { type: 'viewer.identified', device: viewer(1), account: 'a:account-1' },
      ended('2', 'a:account-1', 0, 'merged'),
    ];
    expect(recompute(facts)).toMatchObject({ visits: 1, uniqueViewers: 1, concurrentViewers: 1, peakViewers: 2, endedVisits: 0 });
  });

  test('C1, A1, H1: each recorded fact adds one; only hired counts as a hire', () => {
    const outcome = (type: 'outcome.recorded' | 'outcome.confirmed', kind: 'hired' | 'offered'): Fact => ({
      type,
      kind,
      outcomeId: v7(),
      applicationId: v7(),
    });
    const application = { applicationId: v7(), viewer: 'a:account-1', companyId: v7(), positionId: v7(), campus: null };
    expect(
      recompute([
        { type: 'consultation.asked', consultationId: v7(), viewer: 'a:account-1', companyId: v7(), positionId: null },
        { type: 'application.submitted', ...application },
        { type: 'application.withdrawn', applicationId: application.applicationId },
        outcome('outcome.recorded', 'offered'),
        outcome('outcome.recorded', 'hired'),
        outcome('outcome.confirmed', 'hired'),
      ]),
    ).toEqual({ ...emptyFunnel, consultations: 1, applications: 1, withdrawals: 1, hires: 1, hiresConfirmed: 1 });
  });

  test('P1: views in total and once per viewer and position, whenever the device signs in', () => {
    const view = (who: string, positionId: string): Fact => ({ type: 'position.viewed', viewer: who, positionId });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 30 }), fc.nat(30), (views, at) => {
        const facts: Fact[] = views.map(([who, position]) => view(viewer(who), `position-${position}`));
        facts.splice(at, 0, { type: 'viewer.identified', device: viewer(0), account: 'a:account-0' });
        facts.push(view('a:account-0', 'position-0'));
        const distinct = new Set([...views.map(([who, position]) => `${who}/${position}`), '0/0']);
        expect(recompute(facts)).toMatchObject({ positionViews: views.length + 1, positionViewers: distinct.size });
      }),
    );
  });
});

describe('the timeline', () => {
  test('a minute in which nobody came or went keeps the number it began with', () => {
    const minute = 29_000_000;
    const session = { ...aSession('ended'), liveAt: minute * 60_000 + 1, endedAt: (minute + 3) * 60_000 };
    const nothing = { visits: 0, positionViews: 0, consultations: 0, applications: 0 };
    const minutes = new Map([
      [minute - 5, { ...nothing, viewers: 4, last: 3 }],
      [minute + 1, { ...nothing, viewers: 7, last: 6, visits: 4 }],
    ]);
    expect(seriesOf(session, minutes, 0).map(({ viewers, visits }) => [viewers, visits])).toEqual([
      [3, 0],
      [7, 4],
      [6, 0],
      [6, 0],
    ]);
  });
  test('before going live there is none', () => expect(seriesOf(aSession('scheduled'), new Map(), Date.now())).toEqual([]));
});

describe('the CSV', () => {
  const session = { ...aSession('ended'), title: '=HYPERLINK("http://example.org","点击")' };
  const report: SessionReport = {
    session,
    funnel: { ...emptyFunnel, visits: 109_932 },
    recomputed: { ...emptyFunnel, visits: 109_932 },
    series: [{ at: 0, viewers: 1, visits: 1, positionViews: 0, consultations: 0, applications: 0 }],
    ledger: { entries: 1, pending: 0, head: 'ab'.repeat(32) },
    agrees: true,
    generatedAt: 0,
  };

  test('opens in a spreadsheet: byte order mark, both languages, plain integers, CRLF', () => {
    const csv = sessionReportCsv(report);
    expect(csv.startsWith('\uFEFF指标,Metric')).toBe(true);
    expect(csv).toContain('\r\n观看人次,Visits,V1,109932,109932\r\n');
  });

  test('text that a spreadsheet would run is only text', () => {
    expect(sessionReportCsv(report)).toContain(`"'=HYPERLINK(""http://example.org"",""点击"")"`);
    for (const start of ['=', '+', '-', '@', '\t=', ' =']) expect(csvCell(`${start}1`).replace(/^"/, '').startsWith("'")).toBe(true);
    expect(csvCell(-5)).toBe('-5');
  });
});
