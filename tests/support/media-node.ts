import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { routerCodecs } from '../../config/index.ts';
import { routerCapabilities } from '../../media/capabilities.ts';
import { placeOnHost } from '../../media/index.ts';
import type { MediaHost, MediaPlane } from '../../media/types.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createKeys } from '../../src/store/redis/keys.ts';
import { createRoutedMediaPlane, type RoutedMediaPlaneOptions } from '../../src/store/redis/media/plane.ts';
import { withScripts } from '../../src/store/redis/scripts.ts';
import { openTestPlane } from './media-plane.ts';
import { quietLog } from './quiet-log.ts';

export const keys = createKeys();

/** One process of an installation, inside this one: with people connected, with workers, or both. */
export interface MediaNode {
  id: string;
  plane: MediaPlane;
  /** Null without workers. */
  local: MediaHost | null;
  subscriber: Redis;
  /** As kill -9 does: Redis and the other processes hear no more of it, and its workers are gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface MediaNodeOptions extends Partial<RoutedMediaPlaneOptions> {
  redisUrl: string;
  role?: 'all' | 'room' | 'media';
}

export async function startMediaNode({ redisUrl, role = 'all', ...options }: MediaNodeOptions): Promise<MediaNode> {
  const id = randomUUID();
  const local = role === 'room' ? null : (await openTestPlane({ workers: 1, hostId: id })).plane;
  const commands = withScripts(openRedis(redisUrl, 'commands', () => undefined));
  const subscriber = openRedis(redisUrl, 'blocking', () => undefined);
  const plane = await createRoutedMediaPlane({
    local: local ?? undefined,
    routerRtpCapabilities: routerCapabilities(routerCodecs),
    redis: commands,
    subscriber,
    keys,
    nodeId: id,
    signals: role !== 'media',
    placeOnHost,
    settleMs: 300,
    drainMs: 200,
    log: quietLog,
    ...options,
  });
  let alive = true;
  const disconnect = () => {
    alive = false;
    commands.disconnect();
    subscriber.disconnect();
  };
  return {
    id,
    plane,
    local,
    subscriber,
    async kill() {
      disconnect();
      await local?.close();
    },
    async close() {
      if (!alive) return;
      await plane.close();
      disconnect();
    },
  };
}
