import { shallowRef } from 'vue';
import type { Api } from '../../../client/api.ts';
import type { Position } from '../../../contract/index.ts';

/** The session's positions; null until they were loaded. */
export function createPositions({ sessionId, api }: { sessionId: string; api: Api }) {
  const positions = shallowRef<Position[] | null>(null);
  return {
    positions,
    async load(): Promise<void> {
      try {
        const { items } = await api.call('listPositions', { query: { sessionId, limit: 200 } });
        positions.value = items.filter(({ status }) => status !== 'draft');
      } catch {
        // The list is asked for again when it is opened or after a reconnect.
      }
    },
  };
}
