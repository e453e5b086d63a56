import { z } from 'zod';
import type { Action } from './access.ts';
import {
  applicationInputSchema,
  applicationListItemSchema,
  applicationQuerySchema,
  myApplicationSchema,
  openedApplicationSchema,
  outcomeInputSchema,
  outcomeSchema,
} from './application.ts';
import { consultationMessageSchema, consultationSchema } from './consultation.ts';
import type { ErrorCode } from './errors.ts';
import {
  campusInputSchema,
  campusSchema,
  companyChangesSchema,
  companyInputSchema,
  companySchema,
  fairChangesSchema,
  fairInputSchema,
  fairSchema,
  positionInputSchema,
  positionQuerySchema,
  positionSchema,
  sessionInputSchema,
  sessionSchema,
} from './fair.ts';
import { sessionStatuses } from './nouns.ts';
import {
  accountSchema,
  codeRequestSchema,
  codeSentSchema,
  codeVerifySchema,
  invitationAcceptSchema,
  invitationCreateSchema,
  invitationSchema,
  signedInSchema,
  signInSchema,
} from './people.ts';
import { idSchema, pageQuerySchema, pageSchema } from './primitives.ts';
import { fairReportSchema, sessionReportSchema } from './report.ts';
import { enterRoomSchema, roomEntranceSchema } from './room.ts';

/** The REST interface under /api/v1 as one table: the server binds it, OpenAPI and the clients are made from it. */
export interface RouteDefinition {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below /api/v1; parameters as `:name`. */
  path: string;
  tag: string;
  summary: string;
  /** null: anybody, without a token. */
  action: Action | null;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The body is multipart/form-data: a JSON part named by `application` (this schema) and an optional part `file`. */
  multipart?: boolean;
  data: z.ZodType;
  /** Besides BAD_INPUT, UNAUTHENTICATED, TOKEN_EXPIRED, FORBIDDEN, RATE_LIMITED and INTERNAL, which any route can answer. */
  errors: readonly ErrorCode[];
  /** Requests a minute from one address; the general limit of the configuration where absent. */
  perMinute?: number;
}

const nothing = z.object({});
const by = <const K extends string>(name: K) => z.object({ [name]: idSchema } as Record<K, typeof idSchema>);

export const routes = {
  signIn: {
    method: 'POST',
    path: '/auth/sign-in',
    tag: 'auth',
    summary: 'Staff sign-in',
    action: null,
    body: signInSchema,
    data: signedInSchema,
    errors: ['LOGIN_FAILED'],
    perMinute: 20,
  },
  renew: {
    method: 'POST',
    path: '/auth/renew',
    tag: 'auth',
    summary: 'A new access token for the refresh cookie, which is replaced; a replayed one ends the sign-in everywhere',
    action: null,
    data: signedInSchema,
    errors: [],
  },
  signOut: {
    method: 'POST',
    path: '/auth/sign-out',
    tag: 'auth',
    summary: 'Ends this sign-in at once',
    action: null,
    data: nothing,
    errors: [],
  },
  requestCode: {
    method: 'POST',
    path: '/auth/code',
    tag: 'auth',
    summary: 'Sends a one-time code to a phone',
    action: null,
    body: codeRequestSchema,
    data: codeSentSchema,
    errors: ['SMS_UNAVAILABLE'],
    perMinute: 10,
  },
  verifyCode: {
    method: 'POST',
    path: '/auth/verify',
    tag: 'auth',
    summary: 'Signs a viewer in; the device of the guest becomes the account’s',
    action: null,
    body: codeVerifySchema,
    data: signedInSchema,
    errors: ['CODE_WRONG'],
    perMinute: 20,
  },
  me: {
    method: 'GET',
    path: '/auth/me',
    tag: 'auth',
    summary: 'Who the token says one is',
    action: 'account.readSelf',
    data: accountSchema.nullable(),
    errors: [],
  },
  createInvitation: {
    method: 'POST',
    path: '/invitations',
    tag: 'auth',
    summary: 'A signed link that makes a staff account with one grant',
    action: 'account.invite',
    body: invitationCreateSchema,
    data: invitationSchema,
    errors: ['NOT_FOUND'],
  },
  acceptInvitation: {
    method: 'POST',
    path: '/invitations/accept',
    tag: 'auth',
    summary: 'Turns an invitation into a staff account',
    action: null,
    body: invitationAcceptSchema,
    data: signedInSchema,
    errors: ['INVITATION_INVALID', 'CONFLICT'],
    perMinute: 20,
  },
  listStaff: {
    method: 'GET',
    path: '/staff',
    tag: 'auth',
    summary: 'Staff accounts and their grants',
    action: 'account.list',
    query: pageQuerySchema,
    data: pageSchema(accountSchema),
    errors: [],
  },
  revokeStaff: {
    method: 'POST',
    path: '/staff/:accountId/revoke',
    tag: 'auth',
    summary: 'Takes all grants away and ends every sign-in of the account',
    action: 'account.revoke',
    params: by('accountId'),
    data: nothing,
    errors: ['NOT_FOUND'],
  },

  createFair: {
    method: 'POST',
    path: '/fairs',
    tag: 'fair',
    summary: 'Creates a fair',
    action: 'fair.create',
    body: fairInputSchema,
    data: fairSchema,
    errors: [],
  },
  listFairs: {
    method: 'GET',
    path: '/fairs',
    tag: 'fair',
    summary: 'Fairs within the grants',
    action: 'fair.read',
    query: pageQuerySchema,
    data: pageSchema(fairSchema),
    errors: [],
  },
  getFair: {
    method: 'GET',
    path: '/fairs/:fairId',
    tag: 'fair',
    summary: 'One fair',
    action: 'fair.read',
    params: by('fairId'),
    data: fairSchema,
    errors: ['NOT_FOUND'],
  },
  editFair: {
    method: 'PATCH',
    path: '/fairs/:fairId',
    tag: 'fair',
    summary: 'Changes a fair',
    action: 'fair.edit',
    params: by('fairId'),
    body: fairChangesSchema,
    data: fairSchema,
    errors: ['NOT_FOUND'],
  },

  createCompany: {
    method: 'POST',
    path: '/fairs/:fairId/companies',
    tag: 'company',
    summary: 'Adds a company to a fair',
    action: 'company.create',
    params: by('fairId'),
    body: companyInputSchema,
    data: companySchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  listCompanies: {
    method: 'GET',
    path: '/fairs/:fairId/companies',
    tag: 'company',
    summary: 'Companies of a fair',
    action: 'company.read',
    params: by('fairId'),
    query: pageQuerySchema,
    data: pageSchema(companySchema),
    errors: ['NOT_FOUND'],
  },
  editCompany: {
    method: 'PATCH',
    path: '/companies/:companyId',
    tag: 'company',
    summary: 'Changes a company',
    action: 'company.edit',
    params: by('companyId'),
    body: companyChangesSchema,
    data: companySchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
  },

  createCampus: {
    method: 'POST',
    path: '/fairs/:fairId/campuses',
    tag: 'campus',
    summary: 'Adds a campus or channel with its own link code',
    action: 'campus.edit',
    params: by('fairId'),
    body: campusInputSchema,
    data: campusSchema,
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  listCampuses: {
    method: 'GET',
    path: '/fairs/:fairId/campuses',
    tag: 'campus',
    summary: 'Campuses of a fair',
    action: 'campus.read',
    params: by('fairId'),
    query: pageQuerySchema,
    data: pageSchema(campusSchema),
    errors: ['NOT_FOUND'],
  },

  createPosition: {
    method: 'POST',
    path: '/companies/:companyId/positions',
    tag: 'position',
    summary: 'Drafts a position',
    action: 'position.edit',
    params: by('companyId'),
    body: positionInputSchema,
    data: positionSchema,
    errors: ['NOT_FOUND'],
  },
  editPosition: {
    method: 'PATCH',
    path: '/positions/:positionId',
    tag: 'position',
    summary: 'Replaces the facts of a position',
    action: 'position.edit',
    params: by('positionId'),
    body: positionInputSchema,
    data: positionSchema,
    errors: ['NOT_FOUND', 'POSITION_INCOMPLETE'],
  },
  publishPosition: {
    method: 'POST',
    path: '/positions/:positionId/publish',
    tag: 'position',
    summary: 'Opens a position to viewers when its facts and the licence are complete',
    action: 'position.edit',
    params: by('positionId'),
    data: positionSchema,
    errors: ['NOT_FOUND', 'POSITION_INCOMPLETE', 'LICENCE_INVALID'],
  },
  closePosition: {
    method: 'POST',
    path: '/positions/:positionId/close',
    tag: 'position',
    summary: 'Stops applications to a position',
    action: 'position.edit',
    params: by('positionId'),
    data: positionSchema,
    errors: ['NOT_FOUND'],
  },
  listPositions: {
    method: 'GET',
    path: '/positions',
    tag: 'position',
    summary: 'Positions; viewers see published ones',
    action: 'position.read',
    query: positionQuerySchema,
    data: pageSchema(positionSchema),
    errors: [],
  },
  getPosition: {
    method: 'GET',
    path: '/positions/:positionId',
    tag: 'position',
    summary: 'One position',
    action: 'position.read',
    params: by('positionId'),
    data: positionSchema,
    errors: ['NOT_FOUND'],
  },

  createSession: {
    method: 'POST',
    path: '/fairs/:fairId/sessions',
    tag: 'session',
    summary: 'Schedules a session',
    action: 'session.schedule',
    params: by('fairId'),
    body: sessionInputSchema,
    data: sessionSchema,
    errors: ['NOT_FOUND'],
  },
  editSession: {
    method: 'PATCH',
    path: '/sessions/:sessionId',
    tag: 'session',
    summary: 'Changes a session that has not started',
    action: 'session.schedule',
    params: by('sessionId'),
    body: sessionInputSchema.partial(),
    data: sessionSchema,
    errors: ['NOT_FOUND', 'SESSION_STATE'],
  },
  listSessions: {
    method: 'GET',
    path: '/sessions',
    tag: 'session',
    summary: 'Sessions: the lobby, the studio’s and the desk’s lists',
    action: null,
    query: pageQuerySchema.extend({ fairId: idSchema.optional(), status: sessionStatuses.schema.optional() }),
    data: pageSchema(sessionSchema),
    errors: [],
  },
  getSession: {
    method: 'GET',
    path: '/sessions/:sessionId',
    tag: 'session',
    summary: 'One session',
    action: null,
    params: by('sessionId'),
    data: sessionSchema,
    errors: ['NOT_FOUND'],
  },
  startSession: {
    method: 'POST',
    path: '/sessions/:sessionId/start',
    tag: 'session',
    summary: 'scheduled → live; repeating it changes nothing',
    action: 'session.start',
    params: by('sessionId'),
    data: sessionSchema,
    errors: ['NOT_FOUND', 'SESSION_STATE', 'SESSION_ENDED', 'LICENCE_INVALID'],
  },
  endSession: {
    method: 'POST',
    path: '/sessions/:sessionId/end',
    tag: 'session',
    summary: 'live → ended; repeating it changes nothing',
    action: 'session.end',
    params: by('sessionId'),
    data: sessionSchema,
    errors: ['NOT_FOUND', 'SESSION_STATE'],
  },

  enterRoom: {
    method: 'POST',
    path: '/rooms/:sessionId/enter',
    tag: 'room',
    summary: 'What a room link leads to: a guest token (or the viewer’s own), the session and the codecs; sets the device cookie',
    action: null,
    params: by('sessionId'),
    body: enterRoomSchema,
    data: roomEntranceSchema,
    errors: ['NOT_FOUND'],
  },

  listConsultations: {
    method: 'GET',
    path: '/sessions/:sessionId/consultations',
    tag: 'consultation',
    summary: 'The queue and the conversations of the recruiter’s companies',
    action: 'consultation.read',
    params: by('sessionId'),
    query: pageQuerySchema,
    data: pageSchema(consultationSchema),
    errors: ['NOT_FOUND'],
  },
  listMyConsultations: {
    method: 'GET',
    path: '/me/consultations',
    tag: 'consultation',
    summary: 'The viewer’s own',
    action: 'consultation.readOwn',
    query: pageQuerySchema.extend({ sessionId: idSchema.optional() }),
    data: pageSchema(consultationSchema),
    errors: [],
  },
  listConsultationMessages: {
    method: 'GET',
    path: '/consultations/:consultationId/messages',
    tag: 'consultation',
    summary: 'The conversation, oldest first',
    action: 'account.readSelf',
    params: by('consultationId'),
    query: pageQuerySchema,
    data: pageSchema(consultationMessageSchema),
    errors: ['NOT_FOUND', 'ACCOUNT_REQUIRED'],
  },

  submitApplication: {
    method: 'POST',
    path: '/applications',
    tag: 'application',
    summary: 'Applies to a position (rule A1): part `application` (JSON) first, then optionally part `file` (PDF or DOCX)',
    action: 'application.submit',
    body: applicationInputSchema,
    multipart: true,
    data: myApplicationSchema,
    errors: [
      'ACCOUNT_REQUIRED',
      'NOT_FOUND',
      'POSITION_CLOSED',
      'POSITION_ELSEWHERE',
      'CONSENT_REQUIRED',
      'APPLICATION_WITHDRAWN',
      'TOO_LARGE',
      'UNSUPPORTED_FILE',
      'SESSION_NOT_LIVE',
    ],
  },
  listApplications: {
    method: 'GET',
    path: '/applications',
    tag: 'application',
    summary: 'Applications within the grants, newest first',
    action: 'application.list',
    query: applicationQuerySchema,
    data: pageSchema(applicationListItemSchema),
    errors: [],
  },
  openApplication: {
    method: 'POST',
    path: '/applications/:applicationId/open',
    tag: 'application',
    summary: 'Opens the résumé; recorded, and shown to the applicant',
    action: 'application.open',
    params: by('applicationId'),
    data: openedApplicationSchema,
    errors: ['NOT_FOUND', 'APPLICATION_WITHDRAWN', 'CONSENT_EXPIRED'],
  },
  recordOutcome: {
    method: 'POST',
    path: '/applications/:applicationId/outcomes',
    tag: 'application',
    summary: 'Records what came of it (rule H1)',
    action: 'outcome.record',
    params: by('applicationId'),
    body: outcomeInputSchema,
    data: outcomeSchema,
    errors: ['NOT_FOUND', 'APPLICATION_WITHDRAWN'],
  },
  listMyApplications: {
    method: 'GET',
    path: '/me/applications',
    tag: 'application',
    summary: 'The viewer’s own, with who opened them',
    action: 'application.readOwn',
    query: pageQuerySchema,
    data: pageSchema(myApplicationSchema),
    errors: [],
  },
  withdrawApplication: {
    method: 'POST',
    path: '/me/applications/:applicationId/withdraw',
    tag: 'application',
    summary: 'Withdraws: the company can no longer open it',
    action: 'application.withdraw',
    params: by('applicationId'),
    data: myApplicationSchema,
    errors: ['NOT_FOUND'],
  },
  confirmOutcome: {
    method: 'POST',
    path: '/me/outcomes/:outcomeId/confirm',
    tag: 'application',
    summary: 'The applicant confirms an outcome',
    action: 'outcome.confirm',
    params: by('outcomeId'),
    data: outcomeSchema,
    errors: ['NOT_FOUND'],
  },

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

export type RouteName = keyof typeof routes;
type Part<R, K extends string, Io extends 'in' | 'out'> =
  R extends Record<K, infer S extends z.ZodType> ? (Io extends 'in' ? z.input<S> : z.output<S>) : undefined;
/** The parsed parts a handler gets. */
export interface RouteInput<N extends RouteName> {
  params: Part<(typeof routes)[N], 'params', 'out'>;
  query: Part<(typeof routes)[N], 'query', 'out'>;
  body: Part<(typeof routes)[N], 'body', 'out'>;
}
/** The parts a client sends (before defaults). */
export interface RouteRequest<N extends RouteName> {
  params: Part<(typeof routes)[N], 'params', 'in'>;
  query: Part<(typeof routes)[N], 'query', 'in'>;
  body: Part<(typeof routes)[N], 'body', 'in'>;
}
export type RouteData<N extends RouteName> = z.output<(typeof routes)[N]['data']>;

/** Answers that are not JSON, beside the table. All under /api/v1. */
export const fileRoutes = {
  sessionReportCsv: '/sessions/:sessionId/report.csv',
  resumeFile: '/files/:token',
  openApi: '/openapi.json',
  asyncApi: '/asyncapi.json',
} as const;
