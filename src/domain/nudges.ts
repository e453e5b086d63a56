import { z } from 'zod';
import type { Log } from './ports.ts';

const nudgeSchema = z.object({ about: z.enum(['guests', 'call']), id: z.string().max(64) });
/** guests: of a session's stage; call: who is in it. */
export type Nudge = z.infer<typeof nudgeSchema>;

/**
 * Asks every node to look at once whether what its own connections send and
 * receive is what the shared state lets them. A nudge says nothing but where to
 * look, so that one that is late does no harm, and one that is lost costs no
 * more than the time until each node looks anyway.
 */
export function createNudges({ log }: { log: Log }) {
  const looks = new Map<Nudge['about'], (id: string) => Promise<void>>();
  let send: ((nudge: Nudge) => void) | undefined;

  async function look({ about, id }: Nudge): Promise<void> {
    await looks
      .get(about)?.(id)
      .catch((error: unknown) => log.warn({ error, about, id }, 'a nudge could not be followed; looking again soon'));
  }
  return {
    on: (about: Nudge['about'], toLook: (id: string) => Promise<void>): void => void looks.set(about, toLook),
    /** @param toOthers says something to all other nodes */
    carry(toOthers: (nudge: Nudge) => void): void {
      send = toOthers;
    },
    /** Resolves when this node has looked; the others do about as soon. */
    async give(nudge: Nudge): Promise<void> {
      send?.(nudge);
      await look(nudge);
    },
    /** From another node. */
    async hear(given: unknown): Promise<void> {
      const nudge = nudgeSchema.safeParse(given);
      if (nudge.success) await look(nudge.data);
      else log.warn({ error: nudge.error }, 'another node gave a nudge that is not understood');
    },
  };
}
export type Nudges = ReturnType<typeof createNudges>;
