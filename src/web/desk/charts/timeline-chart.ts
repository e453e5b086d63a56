import type { SessionReport } from '../../../contract/index.ts';
import { type ChartOption, palette } from './echarts.ts';

export type TimelineName = Exclude<keyof SessionReport['series'][number], 'at'>;

/** What happened minute by minute: present viewers as an area, what was counted in the minute as bars. */
export function timelineOption(
  series: SessionReport['series'],
  names: Record<TimelineName, string>,
  clock: (at: number) => string,
): ChartOption {
  const line = (name: TimelineName) => series.map((minute) => minute[name]);
  return {
    textStyle: { fontFamily: palette.sans },
    color: [palette.brand, '#7fb7bd', '#b9c8ca', palette.violet, palette.gold],
    tooltip: { trigger: 'axis', confine: true },
    legend: {
      bottom: 0,
      itemWidth: 14,
      itemHeight: 8,
      textStyle: { color: palette.inkSoft },
      selected: { [names.positionViews]: false },
    },
    grid: { top: 16, left: 8, right: 8, bottom: 40, containLabel: true },
    xAxis: {
      type: 'category',
      data: series.map(({ at }) => clock(at)),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.inkSoft },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitLine: { lineStyle: { color: palette.line, type: 'dashed' } },
      axisLabel: { color: palette.inkSoft },
    },
    series: [
      {
        id: 'viewers',
        name: names.viewers,
        type: 'line',
        data: line('viewers'),
        smooth: 0.2,
        showSymbol: series.length < 3,
        lineStyle: { width: 2.5 },
        areaStyle: { opacity: 0.12 },
        z: 3,
      },
      { id: 'visits', name: names.visits, type: 'bar', data: line('visits'), barMaxWidth: 16, itemStyle: { borderRadius: [3, 3, 0, 0] } },
      {
        id: 'positionViews',
        name: names.positionViews,
        type: 'bar',
        data: line('positionViews'),
        barMaxWidth: 16,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
      },
      {
        id: 'consultations',
        name: names.consultations,
        type: 'bar',
        data: line('consultations'),
        barMaxWidth: 16,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
      },
      {
        id: 'applications',
        name: names.applications,
        type: 'bar',
        data: line('applications'),
        barMaxWidth: 16,
        itemStyle: { borderRadius: [3, 3, 0, 0] },
      },
    ],
  };
}
