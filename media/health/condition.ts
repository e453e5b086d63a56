import type { ConditionReason, ProducerHealth, StageCondition, StageHealth } from '../types.ts';

/** What a condition is judged by. */
export interface ConditionSample {
  /** Of the lead; its condition is the stage's. */
  producers: readonly Pick<ProducerHealth, 'kind' | 'source' | 'paused' | 'bitrate' | 'loss'>[];
  reception: StageHealth['reception'] & { constrained: number };
  /** Of the busiest worker that the stage is on. */
  worker: { cpu: number; lagMs: number };
}

export interface Judgement {
  condition: StageCondition;
  reasons: ConditionReason[];
}

type Grade = 'fair' | 'poor' | undefined;

const above = (figure: number, fair: number, poor: number): Grade => (figure >= poor ? 'poor' : figure >= fair ? 'fair' : undefined);

/** Shares of packets lost. */
const loss = { fair: 0.02, poor: 0.08 };
/** Bits a second of a camera, all layers, below which the picture is coarse, and useless. A still screen may need less. */
const cameraBitrate = { fair: 250_000, poor: 100_000 };
/** Shares of viewers. */
const unwell = { fair: 0.2, poor: 0.5 };
const constrained = { fair: 0.3, poor: 0.8 };
const workerCpu = { fair: 0.9, poor: 0.98 };
const workerLagMs = { fair: 250, poor: 1_000 };

/** Pure: the worst of what is seen, and why. */
export function conditionOf({ producers, reception, worker }: ConditionSample): Judgement {
  if (producers.length === 0) return { condition: 'none', reasons: [] };
  const live = producers.filter(({ paused }) => !paused);
  // A screen on which nothing moves need not be sent.
  const flowing = live.filter(({ bitrate }) => bitrate > 0);
  const cameras = flowing.filter(({ source }) => source === 'camera').map(({ bitrate }) => bitrate);
  const { good, fair, poor } = reception;
  const viewers = good + fair + poor;
  const share = (part: number): number => (viewers === 0 ? 0 : part / viewers);
  const coarse = -Math.min(Number.POSITIVE_INFINITY, ...cameras);
  const grades: [ConditionReason, Grade][] = [
    ['publisher-stalled', live.some((producer) => producer.bitrate === 0 && producer.source !== 'screen') ? 'poor' : undefined],
    ['publisher-loss', above(Math.max(0, ...flowing.map((producer) => producer.loss)), loss.fair, loss.poor)],
    ['publisher-bitrate', above(coarse, -cameraBitrate.fair, -cameraBitrate.poor)],
    ['viewer-loss', worse(above(share(poor), unwell.fair, unwell.poor), above(share(fair + poor), unwell.poor, Number.POSITIVE_INFINITY))],
    ['viewer-bandwidth', above(share(reception.constrained), constrained.fair, constrained.poor)],
    ['worker-busy', worse(above(worker.cpu, workerCpu.fair, workerCpu.poor), above(worker.lagMs, workerLagMs.fair, workerLagMs.poor))],
  ];
  const found = grades.filter(([, grade]) => grade !== undefined);
  const condition = found.some(([, grade]) => grade === 'poor') ? 'poor' : found.length > 0 ? 'fair' : 'good';
  return { condition, reasons: found.map(([reason]) => reason) };
}

const worse = (one: Grade, other: Grade): Grade => (one === 'poor' || other === 'poor' ? 'poor' : (one ?? other));

/** Readings in a row that must agree before a condition is told. */
const steadyReadings = 3;

/** A condition that has stayed so for a few readings; a single bad second is not told. */
export class SteadyCondition {
  #told: Judgement = { condition: 'none', reasons: [] };
  #pending: Judgement | undefined;
  #agreeing = 0;

  get current(): Judgement {
    return this.#told;
  }

  /** @returns what is to be told now, if anything */
  read(judgement: Judgement): Judgement | undefined {
    if (same(judgement, this.#told)) {
      this.#pending = undefined;
      return undefined;
    }
    this.#agreeing = this.#pending && same(judgement, this.#pending) ? this.#agreeing + 1 : 1;
    this.#pending = judgement;
    if (this.#agreeing < steadyReadings) return undefined;
    return this.#tell(judgement);
  }

  /** Nobody sends any more: that is no matter of opinion. */
  end(): Judgement | undefined {
    const none: Judgement = { condition: 'none', reasons: [] };
    return this.#told.condition === 'none' ? undefined : this.#tell(none);
  }

  #tell(judgement: Judgement): Judgement {
    this.#told = judgement;
    this.#pending = undefined;
    return judgement;
  }
}

const same = (one: Judgement, other: Judgement): boolean =>
  one.condition === other.condition && one.reasons.join() === other.reasons.join();
