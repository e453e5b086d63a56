import type { MediaPlane } from '../../media/index.ts';
import type { HealthCheck } from '../telemetry/health.ts';
import type { Stores } from './stores.ts';

export interface HealthCheckOptions {
  /** A process without a database of its own (a media host) gives none. */
  stores: Pick<Stores, 'redis'> & Partial<Pick<Stores, 'database'>>;
  /** Whose workers count: those of the installation, or of this process. */
  plane: Pick<MediaPlane, 'hosts'>;
}

/** What the program cannot serve people without. */
export function createHealthChecks({ stores: { redis, database }, plane }: HealthCheckOptions): HealthCheck[] {
  const checks: HealthCheck[] = [
    {
      name: 'redis',
      check: async () => {
        await redis.ping();
      },
    },
    {
      name: 'media workers',
      check: () => {
        if (!plane.hosts().some(({ workers }) => workers.some((worker) => worker.alive))) throw new Error('no media worker is alive');
      },
    },
  ];
  if (!database) return checks;
  return checks.concat({
    name: 'postgresql',
    check: async () => {
      await database.selectFrom('fairs').select('id').limit(1).execute();
    },
  });
}
