import { ReplyError } from '../../../client/api.ts';
import type { RoomSocket } from '../../../client/socket.ts';
import { newOnceId } from '../../shared/once.ts';

const MAX_WAITING = 20;

/** Tells the server which cards were opened (rule P1), those that went unanswered again later under the same id. */
export function createOpenings({ sessionId, request }: { sessionId: string; request: RoomSocket['request'] }) {
  let waiting: { positionId: string; onceId: string }[] = [];

  async function tell(): Promise<void> {
    for (const opening of waiting) {
      try {
        await request('position.open', { sessionId, ...opening });
      } catch (error) {
        // Unanswered: the next join tells the rest. A refusal would only be repeated.
        if (!(error instanceof ReplyError)) return;
      }
      waiting = waiting.filter((held) => held !== opening);
    }
  }

  return {
    tell,
    add(positionId: string): void {
      waiting = [...waiting, { positionId, onceId: newOnceId() }].slice(-MAX_WAITING);
      void tell();
    },
  };
}
