import { createI18n } from 'vue-i18n';
import { ReplyError, UnreachableError } from '../../client/api.ts';
import { sharedEn } from './locales/en.ts';
import { sharedZh } from './locales/zh-CN.ts';

export const locales = { 'zh-CN': '中文', en: 'English' } as const;
export type Locale = keyof typeof locales;

const KEPT_AS = 'gangbo.locale';
/** One page's own messages: any depth of named texts. */
export interface Messages {
  [name: string]: string | Messages;
}

function keptLocale(): Locale {
  try {
    return localStorage.getItem(KEPT_AS) === 'en' ? 'en' : 'zh-CN';
  } catch {
    return 'zh-CN';
  }
}

/** vue-i18n with the shared messages and the page's own beside them; Chinese unless English was chosen. */
export function createPageI18n(page: { zh: Messages; en: Messages }) {
  const locale = keptLocale();
  document.documentElement.lang = locale;
  return createI18n({
    legacy: false,
    locale,
    fallbackLocale: 'zh-CN',
    messages: { 'zh-CN': { ...sharedZh, ...page.zh }, en: { ...sharedEn, ...page.en } },
  });
}

/** Remembers a chosen language and tells the browser, for hyphenation and screen readers. */
export function keepLocale(locale: Locale): void {
  document.documentElement.lang = locale;
  try {
    localStorage.setItem(KEPT_AS, locale);
  } catch {
    // Storage is refused in some private windows; the choice then lasts as long as the page.
  }
}

/** What went wrong, for the person at the page. `t` is vue-i18n's. */
export function messageOf(error: unknown, locale: string, t: (key: string) => string): string {
  if (error instanceof ReplyError) return locale === 'en' ? error.failure.messageEn : error.failure.message;
  if (error instanceof UnreachableError) return t('shared.unreachable');
  return t('shared.unexpected');
}

/** The messages of a refusal by the field they are about, in the page's language where the server gave both. */
export function fieldMessages(error: unknown, locale: string): Record<string, string> {
  if (!(error instanceof ReplyError)) return {};
  const fields: Record<string, string> = {};
  for (const { path, message } of error.failure.issues ?? []) {
    const [zh, en] = message.split(' / ');
    fields[path] ??= locale === 'en' ? (en ?? message) : (zh ?? message);
  }
  return fields;
}
