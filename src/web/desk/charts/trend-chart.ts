import { type ChartOption, palette } from './echarts.ts';

export interface TrendPoint {
  at: number;
  subscribers: number;
  /** Bits a second. */
  received: number;
}

/** Who receives and what is sent to us, over the last minutes. */
export function trendOption(
  points: readonly TrendPoint[],
  names: Record<'subscribers' | 'received', string>,
  clock: (at: number) => string,
): ChartOption {
  const axis = {
    type: 'value',
    splitLine: { lineStyle: { color: palette.line, type: 'dashed' } },
    axisLabel: { color: palette.inkSoft },
    nameTextStyle: { color: palette.inkSoft },
  } as const;
  const line = { type: 'line', showSymbol: points.length < 3, smooth: 0.2, animation: false } as const;
  return {
    textStyle: { fontFamily: palette.sans },
    color: [palette.brand, palette.gold],
    tooltip: { trigger: 'axis', confine: true },
    legend: { bottom: 0, itemWidth: 14, itemHeight: 8, textStyle: { color: palette.inkSoft } },
    grid: { top: 16, left: 8, right: 8, bottom: 36, containLabel: true },
    xAxis: {
      type: 'category',
      data: points.map(({ at }) => clock(at)),
      axisLine: { lineStyle: { color: palette.line } },
      axisTick: { show: false },
      axisLabel: { color: palette.inkSoft },
    },
    yAxis: [
      { ...axis, minInterval: 1 },
      { ...axis, position: 'right', splitLine: { show: false }, axisLabel: { color: palette.inkSoft, formatter: '{value} Mb/s' } },
    ],
    series: [
      {
        ...line,
        id: 'subscribers',
        name: names.subscribers,
        data: points.map(({ subscribers }) => subscribers),
        areaStyle: { opacity: 0.12 },
      },
      {
        ...line,
        id: 'received',
        name: names.received,
        yAxisIndex: 1,
        data: points.map(({ received }) => Math.round(received / 10_000) / 100),
        tooltip: { valueFormatter: (value) => `${value} Mb/s` },
      },
    ],
  };
}
