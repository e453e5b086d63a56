import { randomInt } from 'node:crypto';
import { CodedError } from '../../contract/index.ts';
import { type AttemptStore, createStrictAllowance } from '../allowance.ts';
import type { Clock, Log, Sealer } from '../ports.ts';
import type { SmsSender } from './sms.ts';
import type { CodeStore } from './store.ts';

const LIFE_MS = 5 * 60_000;
const RESEND_AFTER_MS = 60_000;
const MAX_TRIES = 5;
const HOUR = 3_600_000;
const PER_PHONE_A_DAY = 10;
/** A whole school may sit behind one address. */
const PER_ADDRESS_AN_HOUR = 300;

export interface ViewerCodeDependencies {
  codes: CodeStore;
  attempts: AttemptStore;
  sms: SmsSender;
  sealer: Sealer;
  clock: Clock;
  log: Log;
}

/** One-time codes by SMS: six digits, five minutes, five tries, once a minute a phone. */
export function createViewerCodes({ codes, attempts, sms, sealer, clock, log }: ViewerCodeDependencies) {
  const indexOf = (phone: string) => sealer.index('viewer code phone', phone).toString('hex');
  const hashOf = (phone: string, code: string) => sealer.index('viewer code', `${phone}:${code}`).toString('hex');

  const demand = createStrictAllowance(attempts);

  return {
    /** @throws CodedError RATE_LIMITED; SMS_UNAVAILABLE when the gateway does not take it */
    async request(phone: string, address: string) {
      const index = indexOf(phone);
      await demand({ key: `code-resend:${index}`, limit: 1, windowMs: RESEND_AFTER_MS });
      await demand({ key: `code-phone:${index}`, limit: PER_PHONE_A_DAY, windowMs: 24 * HOUR });
      await demand({
        key: `code-address:${sealer.index('address', address).toString('hex')}`,
        limit: PER_ADDRESS_AN_HOUR,
        windowMs: HOUR,
      });
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      await codes.put(index, hashOf(phone, code), LIFE_MS);
      try {
        await sms.send(phone, code);
      } catch (error) {
        log.error({ err: error }, 'a one-time code could not be sent');
        await codes.forget(index);
        throw new CodedError('SMS_UNAVAILABLE', { retryAfterMs: RESEND_AFTER_MS });
      }
      return {
        expiresAt: clock() + LIFE_MS,
        resendAfterMs: RESEND_AFTER_MS,
        ...(sms.development ? { developmentCode: code } : {}),
      };
    },

    /** @throws CodedError CODE_WRONG for a wrong, used, expired or over-tried code */
    async check(phone: string, code: string): Promise<void> {
      if (!(await codes.check(indexOf(phone), hashOf(phone, code), MAX_TRIES))) throw new CodedError('CODE_WRONG');
    },
  };
}
