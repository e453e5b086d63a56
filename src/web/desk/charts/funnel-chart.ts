import { type ChartOption, palette } from './echarts.ts';

export interface FunnelStep {
  name: string;
  value: number;
  /** The figure as people read it. */
  text: string;
}

/** A step that happened at all is drawn at least this wide, as a share of the widest. */
const LEAST_WIDTH = 0.006;

/**
 * The funnel from visits to hires as centred bars, in its own order: a step may
 * be larger than the one before (a viewer opens several cards), and the slanted
 * sides of a usual funnel would then say something that is not so.
 */
export function funnelOption(steps: readonly FunnelStep[]): ChartOption {
  const most = Math.max(1, ...steps.map(({ value }) => value));
  const widths = steps.map(({ value }) => (value === 0 ? 0 : Math.max(value, most * LEAST_WIDTH)));
  const axis = { type: 'category', inverse: true, axisLine: { show: false }, axisTick: { show: false } } as const;
  const bar = { type: 'bar', stack: 'step', barWidth: '72%', animationDuration: 300 } as const;
  return {
    textStyle: { fontFamily: palette.sans },
    grid: { top: 20, left: 8, right: 8, bottom: 4, containLabel: true },
    xAxis: { type: 'value', show: false, max: most },
    yAxis: [
      { ...axis, data: steps.map(({ name }) => name), axisLabel: { color: palette.inkSoft, fontSize: 13 } },
      { ...axis, data: steps.map(({ text }) => text), axisLabel: { color: palette.ink, fontSize: 15, fontWeight: 'bold' } },
    ],
    series: [
      { ...bar, id: 'space', silent: true, itemStyle: { color: 'transparent' }, data: widths.map((width) => (most - width) / 2) },
      {
        ...bar,
        id: 'step',
        silent: true,
        data: widths.map((value, index) => ({ value, itemStyle: { color: palette.steps[index % palette.steps.length], borderRadius: 5 } })),
      },
    ],
  };
}
