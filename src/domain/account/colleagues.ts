import type { Action } from '../../contract/index.ts';
import { roleFor, type Scope } from '../actor.ts';
import type { AccountStore } from './store.ts';

/** Staff shown of a fair at most. */
const MOST = 1_000;

/** Staff whose grants let them do an action on a scope, by name and id. */
export function createColleagues({ accounts }: { accounts: Pick<AccountStore, 'listStaff'> }) {
  return async (action: Action, scope: Scope & { fairId: string }): Promise<{ accountId: string; name: string }[]> => {
    const staff = await accounts.listStaff([scope.fairId], { limit: MOST, after: null });
    return staff
      .filter(({ id, name, grants, disabled }) => {
        const role = grants[0]?.role;
        if (!role || disabled) return false;
        return roleFor({ role, name, deviceId: null, accountId: id, signInId: null, grants }, action, scope) !== null;
      })
      .map(({ id, name }) => ({ accountId: id, name }));
  };
}
