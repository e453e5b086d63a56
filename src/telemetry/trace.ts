import { AsyncLocalStorage } from 'node:async_hooks';
import type { Trace } from '../domain/ports.ts';

/** Carries the id of a request through everything that is done for it, so that its log lines are found together. */
export function createTrace(): Trace {
  const storage = new AsyncLocalStorage<string>();
  return {
    run: (requestId, work) => storage.run(requestId, work),
    current: () => storage.getStore(),
  };
}
