import { shallowRef } from 'vue';
import type { Position } from '../../../contract/index.ts';

/** What can lie over the room, one on top of another. */
export type Sheet =
  | { name: 'positions' }
  | { name: 'position'; position: Position }
  | { name: 'consultation'; position: Position | null }
  | { name: 'application'; position: Position }
  | { name: 'mine' }
  | { name: 'signIn'; why: 'consult' | 'apply' | 'mine'; done: (signedIn: boolean) => void };

/** The stack of open sheets. */
export function createSheets() {
  const stack = shallowRef<Sheet[]>([]);
  return {
    stack,
    open(sheet: Sheet): void {
      stack.value = [...stack.value.filter(({ name }) => name !== sheet.name), sheet];
    },
    close(sheet: Sheet): void {
      stack.value = stack.value.filter((open) => open !== sheet);
      if (sheet.name === 'signIn') sheet.done(false);
    },
    closeAll(): void {
      for (const sheet of stack.value) if (sheet.name === 'signIn') sheet.done(false);
      stack.value = [];
    },
  };
}
export type Sheets = ReturnType<typeof createSheets>;
