import { type ChartOption, palette } from './echarts.ts';

/** Sessions side by side in one figure, as horizontal bars so that long titles can be read; `labelWidth` in CSS pixels. */
export function sessionsOption(
  rows: readonly { title: string; value: number }[],
  name: string,
  format: (value: number) => string,
  labelWidth: number,
): ChartOption {
  return {
    textStyle: { fontFamily: palette.sans },
    color: [palette.brand],
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: (value) => format(Number(value)) },
    grid: { top: 8, left: 8, right: 56, bottom: 8, containLabel: true },
    xAxis: {
      type: 'value',
      minInterval: 1,
      splitLine: { lineStyle: { color: palette.line, type: 'dashed' } },
      axisLabel: { color: palette.inkSoft, hideOverlap: true },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ title }) => title),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.ink, width: labelWidth, overflow: 'truncate' },
    },
    series: [
      {
        id: 'sessions',
        name,
        type: 'bar',
        data: rows.map(({ value }) => value),
        barMaxWidth: 22,
        itemStyle: { borderRadius: [0, 4, 4, 0] },
        label: { show: true, position: 'right', color: palette.ink, formatter: ({ value }) => format(Number(value)) },
      },
    ],
  };
}
