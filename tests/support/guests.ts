import type { Page } from 'playwright-core';
import { openRoomSocket, type RoomSocket } from '../../src/client/index.ts';
import { until } from './until.ts';

/** Staff of a session without a page: invites and mutes by the same events that the studio sends. */
export interface Host {
  socket: RoomSocket;
  /** Lets the viewer say something, by which the host learns who it is. */
  keyOf(viewer: Page, words: string): Promise<string>;
}

export async function joinAsHost(origin: string, sessionId: string, token: () => string): Promise<Host> {
  const socket = openRoomSocket({ origin, token });
  const said = new Map<string, string>();
  socket.raw.on('room.frame', ({ entries }) => {
    for (const entry of entries) if (entry.type === 'chat') said.set(entry.text, entry.from.key);
  });
  await new Promise<void>((resolve) => socket.raw.once('connect', () => resolve()));
  await socket.request('room.join', { sessionId });
  return {
    socket,
    async keyOf(viewer, words) {
      await viewer.getByTestId('chat-input').fill(words);
      await viewer.getByTestId('chat-send').click();
      await until(() => said.has(words));
      return said.get(words) ?? '';
    },
  };
}
