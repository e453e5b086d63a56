import type { Clock, Log } from '../domain/ports.ts';
import type { Connection } from './connection.ts';

export interface SignInWatchOptions {
  connections: ReadonlyMap<string, Connection>;
  /** Which of these sign-ins have been ended. */
  endedAmong: (signInIds: readonly string[]) => Promise<readonly string[]>;
  clock: Clock;
  log: Log;
  everyMs?: number;
  /** A client is told this long before its token expires, ms. */
  warnMs?: number;
}

/** Ends connections whose token has expired, and those of sign-ins that were ended, within two seconds. */
export function watchSignIns({ connections, endedAmong, clock, log, everyMs = 1_000, warnMs = 60_000 }: SignInWatchOptions) {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function round(): Promise<void> {
    const now = clock();
    const signIns = new Map<string, Connection[]>();
    for (const connection of connections.values()) {
      const { expiresAt, actor } = connection;
      if (now >= expiresAt) connection.drop();
      else if (!connection.warned && expiresAt - now <= warnMs) {
        connection.warned = true;
        connection.send('auth.expiring', { expiresAt });
      }
      if (actor.signInId) signIns.set(actor.signInId, [...(signIns.get(actor.signInId) ?? []), connection]);
    }
    if (signIns.size === 0) return;
    for (const signInId of await endedAmong([...signIns.keys()])) {
      log.info({ signInId }, 'the connections of an ended sign-in are closed');
      for (const connection of signIns.get(signInId) ?? []) connection.drop();
    }
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      round()
        .catch((error) => log.error({ error }, 'ended sign-ins could not be looked up; trying again'))
        .finally(schedule);
    }, everyMs);
  }
  schedule();
  return {
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
