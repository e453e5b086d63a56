import { createApp } from 'vue';
import { createRouter, createWebHashHistory } from 'vue-router';
import '../shared/theme.css';
import '../console/element.ts';
import '../console/console.css';
import { provideAccess } from '../console/access.ts';
import { consoleEn } from '../console/locales/en.ts';
import { consoleZh } from '../console/locales/zh-CN.ts';
import { createPageI18n } from '../shared/i18n.ts';
import App from './App.vue';
import { studioEn } from './locales/en.ts';
import { studioZh } from './locales/zh-CN.ts';
import SessionList from './SessionList.vue';

const app = createApp(App);
provideAccess(app);
app.use(createPageI18n({ zh: { ...consoleZh, ...studioZh }, en: { ...consoleEn, ...studioEn } }));
// The address behind /join# is an invitation, not a route: App shows it without the router.
app.use(
  createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/sessions/:sessionId', component: () => import('./room/StudioRoom.vue'), props: true },
      { path: '/:rest(.*)*', component: SessionList },
    ],
  }),
);
app.mount('#app');
