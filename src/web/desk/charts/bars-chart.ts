import { type ChartOption, palette } from './echarts.ts';

export interface Bars {
  rows: readonly { title: string; value: number }[];
  /** What the figure is called. */
  name: string;
  format: (value: number) => string;
  /** CSS pixels. */
  labelWidth: number;
  /** Where the axis ends, for shares; without it the figures are counts and the axis fits them. */
  most?: number;
}

/** Things side by side in one figure, as horizontal bars so that long titles can be read. */
export function barsOption({ rows, name, format, labelWidth, most }: Bars): ChartOption {
  return {
    textStyle: { fontFamily: palette.sans },
    color: [palette.brand],
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: (value) => format(Number(value)) },
    grid: { top: 8, left: 8, right: 56, bottom: 8, containLabel: true },
    xAxis: {
      type: 'value',
      ...(most === undefined ? { minInterval: 1 } : { max: most }),
      splitLine: { lineStyle: { color: palette.line, type: 'dashed' } },
      axisLabel: { color: palette.inkSoft, hideOverlap: true, formatter: (value: number) => format(value) },
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
        id: 'bars',
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
