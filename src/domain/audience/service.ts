import { CodedError } from '../../contract/index.ts';
import type { Log, NewId } from '../ports.ts';
import type { AudienceStore } from './store.ts';

export interface Watching {
  sessionId: string;
  /** The socket's id, unique over nodes. */
  connectionId: string;
  deviceId: string | null;
  accountId: string | null;
  campus: string | null;
}

export interface AudienceOptions {
  store: AudienceStore;
  /** Unique for this process and this start. */
  nodeId: string;
  newId: NewId;
  /** What else hangs on presence in a session, looked after with its visits. */
  alsoSweep?: (sessionId: string) => Promise<void>;
  log: Log;
  /** Between heartbeats and sweeps, ms. */
  everyMs?: number;
  /** A node silent for this long is dead, ms. */
  silenceMs?: number;
}

/**
 * Presence in sessions (rules V1 to V4). The state is shared by all nodes; this
 * node keeps only who is connected to it, so that it can report them again
 * should the others have taken it for dead.
 */
export function createAudienceService(options: AudienceOptions) {
  const { store, nodeId, newId, alsoSweep, log, everyMs = 1_000, silenceMs = 5_000 } = options;
  const local = new Map<string, Watching>();
  const alsoSweeping = new Map<string, Promise<void>>();
  const localKey = (sessionId: string, connectionId: string) => `${sessionId}/${connectionId}`;
  let generation = 1;
  let steadyTicks = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  const incarnation = () => `${nodeId}.${generation}`;
  const connectionOf = (connectionId: string) => `${incarnation()}/${connectionId}`;

  async function enter(watching: Watching): Promise<string | null> {
    const { sessionId, connectionId, deviceId, accountId, campus } = watching;
    const joined = await store.join({
      sessionId,
      connection: connectionOf(connectionId),
      device: deviceId ? `d:${deviceId}` : null,
      account: accountId ? `a:${accountId}` : null,
      campus,
      newVisitId: newId(),
    });
    if (joined.outcome === 'tooMany') throw new CodedError('RATE_LIMITED', { retryAfterMs: 5_000 });
    return joined.outcome === 'closed' ? null : joined.visitId;
  }

  async function beat(): Promise<void> {
    if (!(await store.beat(incarnation()))) return;
    // The others dropped this node's connections as gone; they are here, so they come back under a new name.
    const former = incarnation();
    generation += 1;
    log.warn({ connections: local.size }, 'this node was taken for dead by the others; its viewers are reported again');
    await store.beat(incarnation());
    for (const watching of [...local.values()]) {
      await enter(watching)
        // One that was reported between the others' verdict and now is still there under the former name.
        .then(() => store.leave(watching.sessionId, `${former}/${watching.connectionId}`))
        .catch((error) => log.error({ error, sessionId: watching.sessionId }, 'a viewer could not be reported again'));
    }
  }

  async function tick(): Promise<void> {
    await beat();
    const sessions = await store.activeSessions();
    // After an outage every node looks silent: all are given the time to be heard before any is judged.
    steadyTicks += 1;
    if (steadyTicks * everyMs > silenceMs) {
      for (const dead of await store.bury(silenceMs)) {
        log.warn({ node: dead.incarnation }, 'a node died; its viewers are given the grace to come back');
        for (const sessionId of sessions) await store.drop(sessionId, dead);
        await store.forget(dead);
      }
    }
    for (const sessionId of sessions) {
      await store.sweep(sessionId);
      beginToAlsoSweep(sessionId);
    }
  }

  /** Not waited for: it may be waiting for a media host, and this node would fall silent. */
  function beginToAlsoSweep(sessionId: string): void {
    if (!alsoSweep || alsoSweeping.has(sessionId)) return;
    const swept = alsoSweep(sessionId)
      .catch((error) => log.error({ error, sessionId }, 'what hangs on presence could not be looked after; trying again'))
      .finally(() => alsoSweeping.delete(sessionId));
    alsoSweeping.set(sessionId, swept);
  }

  function schedule(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      running = tick()
        .catch((error) => {
          steadyTicks = 0;
          log.error({ error }, 'presence could not be looked after; trying again');
        })
        .finally(schedule);
    }, everyMs);
  }

  return {
    /** Announces this node and starts looking after visits whose viewers have gone, on this or any other node. */
    async start(): Promise<void> {
      await store.beat(incarnation());
      schedule();
    },
    /** Leaves nothing for others to drop. Call after the last connection has left. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(timer);
      await running;
      await Promise.all(alsoSweeping.values());
      await store.resign(incarnation());
    },
    /**
     * A viewer is present: starts a visit, continues one, or, for a connection
     * whose guest signed in, makes both one person (rule V2).
     * @returns the visit, or null when the session admits no more visits
     * @throws CodedError RATE_LIMITED when one viewer has too many connections
     */
    async join(watching: Watching): Promise<string | null> {
      const visitId = await enter(watching);
      if (visitId) local.set(localKey(watching.sessionId, watching.connectionId), watching);
      return visitId;
    },
    /** A connection is gone; the grace starts with the viewer's last one. */
    async leave(sessionId: string, connectionId: string): Promise<void> {
      if (local.delete(localKey(sessionId, connectionId))) await store.leave(sessionId, connectionOf(connectionId));
    },
    /** Ends all visits of a session, which then admits no more. */
    async close(sessionId: string): Promise<void> {
      await store.close(sessionId);
      for (const [key, watching] of local) if (watching.sessionId === sessionId) local.delete(key);
    },
    /** The campus that brought a viewer to a session, if any (for rule attribution of applications). */
    campusOf: (sessionId: string, accountId: string): Promise<string | null> => store.campusOf(sessionId, `a:${accountId}`),
  };
}
export type AudienceService = ReturnType<typeof createAudienceService>;
