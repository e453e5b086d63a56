import type { MediaPlane } from '../../media/index.ts';
import type { HealthCheck } from '../telemetry/health.ts';
import type { Stores } from './stores.ts';

export interface HealthCheckOptions {
  stores: Pick<Stores, 'redis' | 'database'>;
  plane: Pick<MediaPlane, 'workers'>;
}

/** What the program cannot serve people without. */
export function createHealthChecks({ stores: { redis, database }, plane }: HealthCheckOptions): HealthCheck[] {
  return [
    {
      name: 'redis',
      check: async () => {
        await redis.ping();
      },
    },
    {
      name: 'postgresql',
      check: async () => {
        await database.selectFrom('fairs').select('id').limit(1).execute();
      },
    },
    {
      name: 'media workers',
      check: () => {
        if (!plane.workers().some((worker) => worker.alive)) throw new Error('no media worker is alive');
      },
    },
  ];
}
