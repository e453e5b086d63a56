import { CodedError } from '../contract/index.ts';
import type { Log } from './ports.ts';

/** How often one person may do something that costs others, in fixed windows, counted over all nodes. */
export interface Allowance {
  /** What is counted; never personal data in the clear. */
  key: string;
  limit: number;
  windowMs: number;
}

export interface AttemptStore {
  /** @returns milliseconds to wait when the allowance is used up, else 0 */
  take(allowance: Allowance): Promise<number>;
  forget(key: string): Promise<void>;
}

/** @throws CodedError RATE_LIMITED when the allowance is used up */
export type DemandAllowance = (allowance: Allowance) => Promise<void>;

/** For what must not be tried often: without its counters it is not done. */
export function createStrictAllowance(attempts: Pick<AttemptStore, 'take'>): DemandAllowance {
  return async (allowance) => {
    const waitMs = await attempts.take(allowance);
    if (waitMs > 0) throw new CodedError('RATE_LIMITED', { retryAfterMs: waitMs });
  };
}

/** For what people come to do: losing the counters must not keep them from it. */
export function createLenientAllowance({ attempts, log }: { attempts: Pick<AttemptStore, 'take'>; log: Log }): DemandAllowance {
  const demand = createStrictAllowance(attempts);
  return async (allowance) => {
    try {
      await demand(allowance);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      log.warn({ err: error }, 'an allowance could not be counted; what was asked for is done');
    }
  };
}
