import type { App } from './app.ts';
import type { MediaApp } from './media-app.ts';

/** What a person who just started the program wants to open, as text for the terminal. */
export function describeLinks({ publicUrl, demo, newOrganizer }: Pick<App, 'publicUrl' | 'demo' | 'newOrganizer'>): string {
  const organizer = demo?.organizer ?? newOrganizer;
  const signIn = (account: { login: string; password: string } | null | undefined) =>
    account ? `   ${account.login} / ${account.password}` : '';
  const rows = [
    ['直播间 Room', demo ? `${publicUrl}/s/${demo.live.sessionId}?c=lczy` : publicUrl],
    ['招聘官 Studio', `${publicUrl}/studio${signIn(demo?.second.recruiter)}`],
    ['主办方 Desk', `${publicUrl}/desk${signIn(organizer)}`],
    ['接口文档 API', `${publicUrl}/docs`],
  ];
  return `\n  Gangbo 崗播 is running\n\n${rows.map(([label, link]) => `  ${label?.padEnd(14)} ${link}`).join('\n')}\n\n  Ctrl-C stops it.\n\n`;
}

/** What a media host says on the terminal. */
export const describeMediaHost = ({ origin, hostId }: Pick<MediaApp, 'origin' | 'hostId'>): string =>
  `\n  Gangbo 崗播 carries media as host ${hostId}\n\n  健康 Health     ${origin}/readyz\n\n  Ctrl-C stops it.\n\n`;
