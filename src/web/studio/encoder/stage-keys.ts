import { shallowRef } from 'vue';
import type { RouteData, StageKey } from '../../../contract/index.ts';
import type { Access } from '../../shared/access.ts';

export type NewStageKey = RouteData<'createStageKey'>;

/** The keys of encoders (WHIP) and players (WHEP) of a session. A new key's token is shown once and kept nowhere. */
export function useStageKeys(access: Access, sessionId: string) {
  const keys = shallowRef<readonly StageKey[]>([]);
  const fresh = shallowRef<NewStageKey | null>(null);

  async function load(): Promise<void> {
    keys.value = (await access.api.call('listStageKeys', { params: { sessionId } })).items;
  }
  return {
    keys,
    fresh,
    load,
    async create(purpose: StageKey['purpose']): Promise<void> {
      fresh.value = await access.api.call('createStageKey', { params: { sessionId }, body: { purpose } });
      await load();
    },
    async withdraw(keyId: string): Promise<void> {
      await access.api.call('withdrawStageKey', { params: { sessionId, keyId } });
      if (fresh.value?.id === keyId) fresh.value = null;
      await load();
    },
    /** From here on the token is nowhere on the page. */
    forget(): void {
      fresh.value = null;
    },
  };
}
export type StageKeys = ReturnType<typeof useStageKeys>;
