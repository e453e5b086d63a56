import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { startSyntheticAudience } from './audience.ts';
import { startSyntheticHost } from './recruiter.ts';
import { type DemoState, demoStateSchema, setUpDemo } from './set-up.ts';

/**
 * The demo as a process of its own, started by the server: it sets the fair up
 * on the first run and then plays the recruiter's and the viewers' parts
 * through the public interface. It tells its parent which session needs a
 * picture and what to write into it.
 */
const AUDIENCE = 6;

const orderSchema = z.object({
  origin: z.url(),
  stateFile: z.string().min(1),
  organizer: z.object({ login: z.string(), password: z.string() }).nullable(),
});

/** What the demo tells the server. */
export type DemoMessage =
  | { type: 'ready'; state: Pick<DemoState, 'organizer' | 'live' | 'second'> }
  | { type: 'pinned'; title: string }
  | { type: 'failed'; reason: string };

const tell = (message: DemoMessage) => process.send?.(message);

function readState(path: string): DemoState | null {
  return existsSync(path) ? demoStateSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : null;
}

function writeState(path: string, state: DemoState): void {
  writeFileSync(`${path}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

async function play(order: z.infer<typeof orderSchema>): Promise<void> {
  const { origin, stateFile, organizer } = order;
  let state = readState(stateFile);
  if (!state) {
    if (!organizer) throw new Error(`no organizer to set the demo up with; empty the data folder, or start with GANGBO_DEMO=false`);
    state = await setUpDemo(origin, organizer);
    writeState(stateFile, state);
  }
  const host = await startSyntheticHost(origin, state, (title) => tell({ type: 'pinned', title }));
  tell({ type: 'ready', state });
  const audience = await startSyntheticAudience(origin, state.live.sessionId, host.positions, AUDIENCE);
  const stop = () => {
    audience.stop();
    host.stop();
    process.disconnect?.();
    process.exit(0);
  };
  process.once('disconnect', stop);
  process.once('SIGTERM', stop);
}

process.on('SIGINT', () => undefined); // Ctrl-C reaches the whole group; the parent says when to stop.
process.once('message', (message) => {
  const order = orderSchema.safeParse(message);
  const done = order.success ? play(order.data) : Promise.reject(order.error);
  done.catch((error: unknown) => {
    tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    process.disconnect?.();
  });
});
