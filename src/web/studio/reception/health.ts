import { computed, onScopeDispose, type Ref, shallowRef, watch } from 'vue';
import type { StageHealth } from '../../../contract/index.ts';
import type { Room } from '../room/connection.ts';
import { type Reception, receptionOf, withoutOwn } from './reception.ts';

const READ_EVERY_MS = 3_000;

/** How the stage is received, read every few seconds while somebody sends, and at once when the server says that it changed. `monitored`: whether this page itself receives. */
export function useStageHealth(room: Room, sessionId: string, wanted: Readonly<Ref<boolean>>, monitored: () => boolean) {
  const health = shallowRef<StageHealth | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;

  async function read(): Promise<void> {
    clearTimeout(timer);
    const mine = ++turn;
    if (!wanted.value) return;
    try {
      if (room.state.value === 'joined') {
        const answer = await room.socket.request('stage.health', { sessionId });
        if (mine === turn && wanted.value) health.value = monitored() ? withoutOwn(answer) : answer;
      }
    } catch {
      // Old figures would look like present ones.
      if (mine === turn) health.value = null;
    }
    if (mine === turn) timer = setTimeout(() => void read(), READ_EVERY_MS);
  }

  watch(
    wanted,
    (needed) => {
      if (needed) void read();
      else {
        clearTimeout(timer);
        turn += 1;
        health.value = null;
      }
    },
    { immediate: true },
  );
  room.socket.raw.on('stage.condition', (event) => {
    if (event.sessionId === sessionId) void read();
  });
  onScopeDispose(() => {
    turn += 1;
    clearTimeout(timer);
  });

  return {
    health,
    reception: computed<Reception | null>(() => (health.value && health.value.condition !== 'none' ? receptionOf(health.value) : null)),
  };
}
export type StageHealthReader = ReturnType<typeof useStageHealth>;
