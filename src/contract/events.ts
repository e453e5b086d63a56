import { z } from 'zod';
import { applicationListItemSchema, myApplicationSchema } from './application.ts';
import {
  consultationAskSchema,
  consultationCloseSchema,
  consultationMessageSchema,
  consultationSchema,
  consultationSendSchema,
} from './consultation.ts';
import { callEvents, callNews } from './events/call.ts';
import { type ClientEvent, inSession, nothing, type ServerEvent } from './events/definition.ts';
import { mediaEvents, mediaNews } from './events/media.ts';
import { stageEvents, stageNews } from './events/stage.ts';
import { idSchema, onceIdSchema, textSchema, timeSchema } from './primitives.ts';
import type { Reply } from './reply.ts';
import { chatSchema, frameSchema, joinSchema, snapshotSchema } from './room.ts';

/**
 * The socket protocol: one table of events from the client, each acknowledged
 * with a Reply, and one of events from the server. The binding, the AsyncAPI
 * document, the types of the clients and the tests are all made from it.
 */
export const clientEvents = {
  'auth.renew': {
    summary: 'Replaces the access token of this connection before it expires',
    action: 'account.readSelf',
    payload: z.object({ token: z.string().min(10).max(4096) }),
    data: z.object({ expiresAt: timeSchema }),
    errors: ['UNAUTHENTICATED'],
  },
  'room.join': {
    summary: 'Enters a session: starts or continues a visit, answers everything needed to draw the room and receive media',
    action: 'room.join',
    payload: joinSchema,
    data: snapshotSchema,
    errors: ['NOT_FOUND', 'OVERLOADED'],
  },
  'room.leave': { summary: 'Leaves a session', action: 'room.join', payload: inSession, data: nothing, errors: ['NOT_JOINED'] },
  'room.catchUp': {
    summary: 'What the feed said after a sequence, when a frame did not follow on',
    action: 'room.join',
    payload: inSession.extend({ lastSeq: z.number().int().nonnegative() }),
    data: snapshotSchema.shape.feed,
    errors: ['NOT_JOINED'],
  },
  'chat.send': {
    summary: 'Says something to the room; resending an id answers the same sequence',
    action: 'chat.send',
    payload: chatSchema,
    data: z.object({ seq: z.number().int() }),
    errors: ['NOT_JOINED', 'SESSION_ENDED'],
  },
  'notice.post': {
    summary: 'Puts a notice into the room',
    action: 'notice.post',
    payload: inSession.extend({ text: textSchema(200) }),
    data: z.object({ seq: z.number().int() }),
    errors: ['NOT_JOINED', 'SESSION_ENDED'],
  },
  'position.open': {
    summary: 'A viewer opened the card of a position (rule P1)',
    action: 'position.open',
    payload: inSession.extend({ positionId: idSchema, onceId: onceIdSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'POSITION_ELSEWHERE', 'SESSION_ENDED', 'SESSION_NOT_LIVE'],
  },
  'position.pin': {
    summary: 'Shows the card of a position in every room, or takes it down with null',
    action: 'position.pin',
    payload: inSession.extend({ positionId: idSchema.nullable() }),
    data: z.object({ seq: z.number().int() }),
    errors: ['NOT_JOINED', 'POSITION_ELSEWHERE', 'POSITION_INCOMPLETE', 'POSITION_CLOSED', 'SESSION_ENDED'],
  },
  ...mediaEvents,
  ...stageEvents,
  ...callEvents,
  'consultation.ask': {
    summary: "Asks a company for a consultation with a first message (rule C1), or adds to the viewer's open one",
    action: 'consultation.ask',
    payload: consultationAskSchema,
    data: z.object({ consultation: consultationSchema, message: consultationMessageSchema }),
    errors: ['ACCOUNT_REQUIRED', 'NOT_FOUND', 'SESSION_NOT_LIVE', 'SESSION_ENDED', 'POSITION_ELSEWHERE'],
  },
  'consultation.send': {
    summary: 'Adds a message: the viewer to its own, the recruiter to one of its company (the first answer makes it active)',
    action: 'account.readSelf',
    payload: consultationSendSchema,
    data: z.object({ consultation: consultationSchema, message: consultationMessageSchema }),
    errors: ['ACCOUNT_REQUIRED', 'NOT_FOUND', 'CONSULTATION_CLOSED'],
  },
  'consultation.close': {
    summary: 'The recruiter ends a consultation',
    action: 'consultation.answer',
    payload: consultationCloseSchema,
    data: z.object({ consultation: consultationSchema }),
    errors: ['NOT_FOUND'],
  },
} as const satisfies Record<string, ClientEvent>;

export type ClientEventName = keyof typeof clientEvents;
/** What a client passes in (before defaults are filled in). */
export type EventInput<E extends ClientEventName> = z.input<(typeof clientEvents)[E]['payload']>;
/** What a handler gets (parsed). */
export type EventPayload<E extends ClientEventName> = z.output<(typeof clientEvents)[E]['payload']>;
export type EventData<E extends ClientEventName> = z.output<(typeof clientEvents)[E]['data']>;

export const serverEvents = {
  'room.frame': { summary: 'News of the feed and of the counts; several entries travel together', payload: frameSchema },
  ...mediaNews,
  ...stageNews,
  ...callNews,
  'consultation.message': {
    summary: 'A message in a consultation of this account or company',
    payload: z.object({ consultation: consultationSchema, message: consultationMessageSchema }),
  },
  'consultation.updated': { summary: 'Status or place in the queue changed', payload: z.object({ consultation: consultationSchema }) },
  'application.arrived': {
    summary: "To the company's recruiters: somebody applied",
    payload: z.object({ application: applicationListItemSchema }),
  },
  'application.updated': {
    summary: 'To the applicant: read, withdrawn or with an outcome',
    payload: z.object({ application: myApplicationSchema }),
  },
  'auth.expiring': { summary: 'The access token expires soon: send auth.renew', payload: z.object({ expiresAt: timeSchema }) },
  'server.draining': {
    summary: 'This node is about to stop: reconnect (to any other) after the delay',
    payload: z.object({ reconnectAfterMs: z.number().int() }),
  },
} as const satisfies Record<string, ServerEvent>;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEventPayload<E extends ServerEventName> = z.output<(typeof serverEvents)[E]['payload']>;

/** For `Server<ClientToServerEvents, ServerToClientEvents>` and `Socket<ServerToClientEvents, ClientToServerEvents>` of socket.io. */
export type ClientToServerEvents = {
  [E in ClientEventName]: (payload: EventInput<E>, acknowledge: (reply: Reply<EventData<E>>) => void) => void;
};
export type ServerToClientEvents = { [E in ServerEventName]: (payload: ServerEventPayload<E>) => void };
