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
import FairList from './FairList.vue';
import { deskEn } from './locales/en.ts';
import { deskZh } from './locales/zh-CN.ts';

const app = createApp(App);
provideAccess(app);
app.use(createPageI18n({ zh: { ...consoleZh, ...deskZh }, en: { ...consoleEn, ...deskEn } }));
app.use(
  createRouter({
    history: createWebHashHistory(),
    routes: [
      { path: '/fairs/:fairId/:tab?', component: () => import('./fair/FairPage.vue'), props: true },
      {
        path: '/sessions/:sessionId',
        alias: '/sessions/:sessionId/report',
        component: () => import('./report/SessionReportPage.vue'),
        props: true,
      },
      { path: '/sessions/:sessionId/stage', component: () => import('./stage/StagePage.vue'), props: true },
      { path: '/hosts', component: () => import('./hosts/HostsPage.vue') },
      { path: '/:rest(.*)*', component: FairList },
    ],
  }),
);
app.mount('#app');
