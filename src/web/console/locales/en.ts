import type { consoleZh } from './zh-CN.ts';

export const consoleEn: typeof consoleZh = {
  console: {
    signIn: 'Staff sign-in',
    login: 'Login',
    password: 'Password',
    enter: 'Sign in',
    entering: 'Signing in…',
    resuming: 'Resuming the sign-in…',
    copy: 'Copy',
    copied: 'Copied',
    menu: 'Navigation',
    account: 'Account',
    languageSwitch: 'Switch language',
    reload: 'Reload',
    skip: 'Skip to content',
  },
};
