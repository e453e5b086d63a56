import { LRUCache } from 'lru-cache';
import type { MediaPlane } from '../../../media/types.ts';
import { CodedError, type MediaHostView, type StageHealth } from '../../contract/index.ts';
import type { Clock } from '../ports.ts';

export interface StageHealthOptions {
  plane: Pick<MediaPlane, 'stageHealth' | 'hosts'>;
  clock: Clock;
  /** Whether this process has workers of its own, which `hosts()` then names first. */
  hasWorkers?: boolean;
}

/** How stale a reading may be, milliseconds: everybody who looks at one stage shares it. */
const LIFE_MS = 1_000;
/** Most stages whose last reading is kept. */
const KEPT = 500;

interface Reading {
  value: Promise<StageHealth>;
  /** Not before it is answered: a slow one is never asked for twice at once. */
  readAt: number | null;
}

/** A plane refuses with MediaError and nothing else; told by its name, so that nothing of the plane is loaded here. */
const isRefusal = (error: unknown): boolean => error instanceof Error && error.name === 'MediaError';

/** How stages are sent and received, and the machines that carry them, as they are now. */
export function createStageHealth({ plane, clock, hasWorkers = true }: StageHealthOptions) {
  const readings = new LRUCache<string, Reading>({ max: KEPT });

  async function ask(sessionId: string): Promise<StageHealth> {
    try {
      return await plane.stageHealth(sessionId);
    } catch (cause) {
      throw isRefusal(cause) ? new CodedError('MEDIA_UNAVAILABLE', { cause }) : cause;
    }
  }

  return {
    /**
     * At most a second old; nobody on a stage is no error.
     * @throws CodedError MEDIA_UNAVAILABLE
     */
    read(sessionId: string): Promise<StageHealth> {
      const known = readings.get(sessionId);
      if (known && (known.readAt === null || clock() - known.readAt < LIFE_MS)) return known.value;
      const reading: Reading = { value: ask(sessionId), readAt: null };
      readings.set(sessionId, reading);
      reading.value.then(
        () => {
          reading.readAt = clock();
        },
        // A refusal is not kept: the next one who looks asks again.
        () => {
          if (readings.peek(sessionId) === reading) readings.delete(sessionId);
        },
      );
      return reading.value;
    },

    hosts: (): MediaHostView[] => plane.hosts().map((host, index) => ({ ...host, here: hasWorkers && index === 0 })),
  };
}
export type StageHealthService = ReturnType<typeof createStageHealth>;
