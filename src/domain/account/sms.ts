import type { Log } from '../ports.ts';

/** Sends a one-time code to a phone. `development` senders let the code be shown on the page. */
export interface SmsSender {
  readonly development: boolean;
  /** @throws when the code was not taken for delivery */
  send(phone: string, code: string): Promise<void>;
}

/** Writes the code into the log, without the phone: for development and tests alone. */
export function createDevelopmentSms(log: Log): SmsSender {
  return {
    development: true,
    async send(_phone, code) {
      log.info({}, `development SMS: the code is ${code}`);
    },
  };
}

export interface WebhookSmsOptions {
  url: string;
  /** Sent as a bearer token. */
  token: string;
  timeoutMs?: number;
}

/** Hands phone and code to the operator's SMS gateway as JSON over HTTP; any 2xx means taken. */
export function createWebhookSms({ url, token, timeoutMs = 5_000 }: WebhookSmsOptions): SmsSender {
  return {
    development: false,
    async send(phone, code) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ phone, code }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`the SMS gateway answered ${response.status}`);
    },
  };
}

/** For production without a gateway: people can watch, but not sign in. */
export function createMissingSms(): SmsSender {
  return {
    development: false,
    send: () => Promise.reject(new Error('no SMS gateway is configured: set GANGBO_SMS_URL and GANGBO_SMS_TOKEN')),
  };
}
