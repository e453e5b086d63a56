import type { Log } from '../domain/ports.ts';

export interface LoopOptions {
  name: string;
  everyMs: number;
  run: () => Promise<void>;
  log: Log;
}

/** Runs something again and again, never twice at once. A nudge runs it now; a failure is logged and tried again. */
export function createLoop({ name, everyMs, run, log }: LoopOptions) {
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let again = false;
  let stopped = true;

  function start(): Promise<void> {
    clearTimeout(timer);
    again = false;
    const round = run()
      .catch((error) => log.error({ error, loop: name }, 'a round failed; trying again'))
      .finally(() => {
        current = undefined;
        if (stopped) return;
        if (again) void start();
        else timer = setTimeout(() => void start(), everyMs);
      });
    current = round;
    return round;
  }

  return {
    start(): void {
      if (!stopped) return;
      stopped = false;
      void start();
    },
    /** Something happened: do not wait for the next round. */
    nudge(): void {
      if (stopped) return;
      if (current) again = true;
      else void start();
    },
    /** Waits for the round under way. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
export type Loop = ReturnType<typeof createLoop>;
