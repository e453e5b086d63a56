import { type ChartOption, palette } from './echarts.ts';

export interface FunnelStep {
  name: string;
  value: number;
  /** The figure as people read it. */
  text: string;
}

/**
 * The funnel from visits to hires, in its own order: a step may be larger than
 * the one before (a viewer opens several cards), and is drawn as it is.
 */
export function funnelOption(steps: readonly FunnelStep[], narrow: boolean): ChartOption {
  const most = Math.max(1, ...steps.map(({ value }) => value));
  const texts = new Map(steps.map(({ name, text }) => [name, text]));
  return {
    textStyle: { fontFamily: palette.sans },
    tooltip: { trigger: 'item', formatter: (item) => (Array.isArray(item) ? '' : `${item.name} <b>${texts.get(item.name) ?? ''}</b>`) },
    series: [
      {
        type: 'funnel',
        sort: 'none',
        min: 0,
        max: most,
        minSize: '2%',
        maxSize: '100%',
        gap: 3,
        top: 12,
        bottom: 8,
        left: narrow ? 4 : 8,
        right: narrow ? 130 : 190,
        funnelAlign: 'center',
        label: {
          position: 'right',
          color: palette.ink,
          fontSize: 13,
          formatter: ({ name }) => `{name|${name}}  {value|${texts.get(name) ?? ''}}`,
          rich: { name: { color: palette.inkSoft, fontSize: 12 }, value: { fontWeight: 'bold', fontSize: 14, color: palette.ink } },
        },
        labelLine: { length: 14, lineStyle: { color: palette.line } },
        itemStyle: { borderWidth: 0 },
        emphasis: { label: { fontWeight: 'bold' } },
        data: steps.map(({ name, value }, index) => ({ name, value, itemStyle: { color: palette.steps[index % palette.steps.length] } })),
      },
    ],
  };
}
