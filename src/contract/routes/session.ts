import { sessionInputSchema, sessionSchema } from '../fair.ts';
import { sessionStatuses } from '../nouns.ts';
import { idSchema, pageQuerySchema, pageSchema } from '../primitives.ts';
import { enterRoomSchema, roomEntranceSchema } from '../room.ts';
import { by, type RouteDefinition } from './definition.ts';

/** Sessions and the door of a room. */
export const sessionRoutes = {
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
} as const satisfies Record<string, RouteDefinition>;
