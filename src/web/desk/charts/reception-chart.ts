import { type ChartOption, palette } from './echarts.ts';

export interface ReceptionPart {
  id: 'good' | 'fair' | 'poor';
  name: string;
  value: number;
}

/** Those who receive a stage as one bar, in three parts whose names stand beside it. */
export function receptionOption(parts: readonly ReceptionPart[]): ChartOption {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  return {
    textStyle: { fontFamily: palette.sans },
    tooltip: { trigger: 'item', confine: true },
    grid: { top: 24, left: 8, right: 8, bottom: 4 },
    xAxis: { type: 'value', show: false, max: Math.max(1, total) },
    yAxis: { type: 'category', show: false, data: [''] },
    series: parts.map(({ id, name, value }) => ({
      id,
      name,
      type: 'bar',
      stack: 'reception',
      barWidth: 34,
      data: [value],
      color: palette.reception[id],
      label: { show: value > 0, color: '#fff', fontWeight: 'bold', formatter: String(value) },
    })),
  };
}
