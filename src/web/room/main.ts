import '../shared/theme.css';
import { createApp, defineAsyncComponent, h } from 'vue';
import { createPageI18n } from '../shared/i18n.ts';
import { roomEn } from './locales/en.ts';
import { roomZh } from './locales/zh-CN.ts';
import RoomPage from './RoomPage.vue';
import { createRoom, roomKey } from './state/room.ts';

/** `/s/<sessionId>?c=<campus>` is a room, everything else the lobby. */
const sessionId = /^\/s\/([0-9a-f-]{36})\/?$/i.exec(location.pathname)?.[1];
const i18n = createPageI18n({ zh: roomZh, en: roomEn });

if (sessionId) {
  const campus = new URLSearchParams(location.search).get('c')?.slice(0, 64) || undefined;
  const room = createRoom({ sessionId: sessionId.toLowerCase(), campus });
  // Before anything is drawn: what the network does takes longest.
  room.open();
  createApp(RoomPage).use(i18n).provide(roomKey, room).mount('#app');
} else {
  const Lobby = defineAsyncComponent(() => import('./lobby/LobbyPage.vue'));
  createApp({ render: () => h(Lobby) })
    .use(i18n)
    .mount('#app');
}
