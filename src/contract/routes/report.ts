import { fairReportSchema, sessionReportSchema } from '../report.ts';
import { by, type RouteDefinition } from './definition.ts';

/** Reports. */
export const reportRoutes = {
  getSessionReport: {
    method: 'GET',
    path: '/sessions/:sessionId/report',
    tag: 'report',
    summary: 'The funnel of a session, live or after',
    action: 'report.read',
    params: by('sessionId'),
    data: sessionReportSchema,
    errors: ['NOT_FOUND'],
  },
  getFairReport: {
    method: 'GET',
    path: '/fairs/:fairId/report',
    tag: 'report',
    summary: 'The funnel of a fair, its sessions side by side',
    action: 'report.read',
    params: by('fairId'),
    data: fairReportSchema,
    errors: ['NOT_FOUND'],
  },
} as const satisfies Record<string, RouteDefinition>;
