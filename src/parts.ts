import type { Logger } from './telemetry/logger.ts';

export interface PartsOptions {
  log: Logger;
  /** Aborted when the program is asked to stop, also while it is still starting. */
  stopping: AbortSignal;
}

type Stop<T> = (part: T) => Promise<unknown> | unknown;

/** What has been started, to be stopped in the opposite order. */
export interface Parts {
  /** Notes a part. @throws when the program is asked to stop meanwhile */
  started<T>(name: string, part: T, stop: Stop<T>): T;
  /** Notes a part that is a process below this one, or ends with one: it is waited for however long it takes. */
  child(name: string, stop: () => Promise<unknown> | unknown): void;
  /** @param patienceMs how long the parts may take together, apart from the child processes */
  stop(patienceMs: number): Promise<void>;
}

/** Whether work is done within a time; what it does afterwards is nobody's concern. @throws as the work does within it */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms));
  });
  const done = work.then(() => true);
  done.catch(() => undefined);
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

export function createParts({ log, stopping }: PartsOptions): Parts {
  const stops: { name: string; stop: () => Promise<unknown> | unknown; child?: true }[] = [];
  return {
    started(name, part, stop) {
      stops.push({ name, stop: () => stop(part) });
      stopping.throwIfAborted();
      return part;
    },
    child(name, stop) {
      stops.push({ name, stop, child: true });
    },
    async stop(patienceMs) {
      const until = Date.now() + patienceMs;
      for (const part of stops.splice(0).reverse()) {
        try {
          const stopped = Promise.resolve(part.stop());
          // A part may wait for a database that is gone; the processes below us must be ended all the same.
          if (part.child) await stopped;
          else if (!(await within(stopped, until - Date.now()))) log.error({ part: part.name }, 'a part did not stop in time');
        } catch (error) {
          log.error({ err: error, part: part.name }, 'a part did not stop in order');
        }
      }
    },
  };
}
