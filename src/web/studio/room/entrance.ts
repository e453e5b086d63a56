import { shallowRef } from 'vue';
import type { RoomEntrance } from '../../../contract/index.ts';
import type { Access } from '../../shared/access.ts';

export type RouterCapabilities = RoomEntrance['routerRtpCapabilities'];

/** What the server can carry, asked for once: sending, watching guests and calls all need it. */
export function useEntrance(access: Access, sessionId: string) {
  const capabilities = shallowRef<RouterCapabilities | null>(null);
  let asking: Promise<RouterCapabilities> | null = null;

  async function ask(): Promise<RouterCapabilities> {
    const { routerRtpCapabilities } = await access.api.call('enterRoom', { params: { sessionId }, body: {} });
    capabilities.value = routerRtpCapabilities;
    return routerRtpCapabilities;
  }

  return {
    /** null until `load` has answered for the first time. */
    capabilities,
    load(): Promise<RouterCapabilities> {
      // A failed answer is not kept, so that the next who asks tries again.
      asking ??= ask().catch((error: unknown) => {
        asking = null;
        throw error;
      });
      return asking;
    },
  };
}
export type Entrance = ReturnType<typeof useEntrance>;
