import type { MediaPlane } from '../../media/types.ts';
import { createRoutedMediaPlane } from '../store/redis/media/plane.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Stores } from './stores.ts';

export interface RoutedMediaOptions {
  /** The plane of this process. */
  local: MediaPlane;
  stores: Stores;
  nodeId: string;
  log: Logger;
}

/** The media plane of the whole installation: stages carried by other nodes are reached through Redis. */
export async function routeMedia({ local, stores, nodeId, log }: RoutedMediaOptions): Promise<MediaPlane> {
  const { redis, keys } = stores;
  const subscriber = stores.connect('blocking');
  try {
    const plane = await createRoutedMediaPlane({ local, redis, subscriber, keys, nodeId, log });
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
