import type { ConditionReason, ProducerHealth, StageCondition, StageHealth } from '../../../contract/index.ts';

/** One sentence: a text of the locale below `studio.reception`, with its figures. */
export interface Sentence {
  key: string;
  values: Record<string, number>;
}

export interface Reception {
  tone: StageCondition;
  /** How many receive it how well. */
  summary: Sentence;
  /** What is wrong and what to do about it, the recruiter's own part first. */
  advice: Sentence[];
}

/** What the recruiter can change comes before what only the viewer or the operator can. */
const order: readonly ConditionReason[] = [
  'publisher-stalled',
  'publisher-loss',
  'publisher-bitrate',
  'viewer-loss',
  'viewer-bandwidth',
  'worker-busy',
];

const leads = (health: StageHealth): ProducerHealth[] => health.producers.filter(({ seat }) => seat === 'lead');
const worst = (figures: number[]): number => Math.max(0, ...figures);
const percent = (share: number): number => Math.round(share * 1000) / 10;

/**
 * The health of a stage without the studio's own subscription, which is no
 * viewer: it takes small pictures of guests, over the line that the recruiter sends on.
 */
export function withoutOwn(health: StageHealth): StageHealth {
  const { reception } = health;
  const own = (['good', 'fair', 'poor'] as const).find((kind) => reception[kind] > 0);
  if (!own) return health;
  const lowered = Math.max(0, reception.lowered - 1);
  return { ...health, reception: { ...reception, [own]: reception[own] - 1, lowered } };
}

function summaryOf({ good, fair, poor }: StageHealth['reception']): string {
  if (good + fair + poor === 0) return 'nobody';
  if (fair + poor === 0) return 'allGood';
  if (fair > 0 && poor > 0) return 'mixed';
  return poor > 0 ? 'somePoor' : 'someFair';
}

/** How a stage is received, in sentences for the recruiter. */
export function receptionOf(health: StageHealth): Reception {
  const { good, fair, poor, lowered } = health.reception;
  const values = { good, fair, poor };
  // How well a standing picture arrives is nothing to be glad of.
  const key = health.reasons.includes('publisher-stalled') ? 'stalled' : summaryOf(health.reception);
  const sending = leads(health);
  const reasons = order.filter((reason) => health.reasons.includes(reason));
  const figures: Record<string, number> = {
    loss: percent(worst(sending.map(({ loss }) => loss))),
    kilobits: Math.round(sending.reduce((sum, { bitrate }) => sum + bitrate, 0) / 1000),
    poor,
    lowered,
  };
  return {
    tone: health.condition,
    summary: { key: `summary.${key}`, values },
    advice: reasons.map((reason) => ({ key: `reason.${reason}`, values: figures })),
  };
}
