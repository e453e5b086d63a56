import { BarChart, type BarSeriesOption, LineChart, type LineSeriesOption } from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  TooltipComponent,
  type TooltipComponentOption,
} from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

// Only what the desk draws: the whole library is three times as large.
use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>;

/** A chart in a box; the caller resizes and disposes it. Stands still for those who asked for less motion. */
export function openChart(box: HTMLElement) {
  const chart = init(box);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) chart.setOption({ animation: false });
  return chart;
}

/** The theme's colours for canvases, which cannot read CSS variables. */
export const palette = {
  ink: '#10242c',
  inkSoft: '#48606a',
  line: '#dbe4e5',
  brand: '#0c5a6b',
  steps: ['#0b3b4a', '#0c5a6b', '#1d7a86', '#3a9a9b', '#5fb9ae', '#8a5a00'],
  gold: '#b57a12',
  violet: '#6b5ca5',
  reception: { good: '#16704b', fair: '#b57a12', poor: '#b3261e' },
  sans: '"HarmonyOS Sans SC", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", system-ui, sans-serif',
} as const;
