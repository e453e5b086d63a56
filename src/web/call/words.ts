import { useI18n } from 'vue-i18n';
import { callEn } from './locales/en.ts';
import { callZh } from './locales/zh-CN.ts';

/** The words of calls, in the page's language; the shared ones are found too. */
export function useCallWords() {
  return useI18n({ useScope: 'local', inheritLocale: true, messages: { 'zh-CN': callZh, en: callEn } });
}
