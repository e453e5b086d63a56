import type { Redis } from 'ioredis';
import { type Config, routerCodecs } from '../../config/index.ts';
import { routerCapabilities } from '../../media/capabilities.ts';
import { type MediaHost, type MediaPlane, placeOnHost } from '../../media/index.ts';
import type { Keys } from '../store/redis/keys.ts';
import { createRoutedMediaPlane } from '../store/redis/media/plane.ts';
import type { ScriptedRedis } from '../store/redis/scripts.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface RoutedMediaOptions {
  config: Pick<Config, 'GANGBO_ROLE' | 'GANGBO_DRAIN_SECONDS'>;
  /** The workers of this process, if it has any. */
  local: MediaHost | null;
  stores: { redis: ScriptedRedis; keys: Keys; connect: (purpose: 'blocking') => Redis };
  nodeId: string;
  log: Logger;
}

/** The media plane of the whole installation: hosts in other processes are reached through Redis. */
export async function routeMedia({ config, local, stores, nodeId, log }: RoutedMediaOptions): Promise<MediaPlane> {
  const { redis, keys } = stores;
  const subscriber = stores.connect('blocking');
  const mediaAlone = config.GANGBO_ROLE === 'media';
  try {
    const plane = await createRoutedMediaPlane({
      local: local ?? undefined,
      routerRtpCapabilities: local?.routerRtpCapabilities ?? routerCapabilities(routerCodecs),
      redis,
      subscriber,
      keys,
      nodeId,
      signals: !mediaAlone,
      placeOnHost,
      // Elsewhere the people of this process have had their time to move before; those of others are few.
      drainMs: mediaAlone ? config.GANGBO_DRAIN_SECONDS * 1_000 : 1_000,
      log,
    });
    return {
      ...plane,
      async close() {
        await plane.close();
        subscriber.disconnect();
      },
    };
  } catch (error) {
    subscriber.disconnect();
    throw error;
  }
}
