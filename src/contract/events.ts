import { z } from 'zod';
import type { Action } from './access.ts';
import { applicationListItemSchema, myApplicationSchema } from './application.ts';
import {
  consultationAskSchema,
  consultationCloseSchema,
  consultationMessageSchema,
  consultationSchema,
  consultationSendSchema,
} from './consultation.ts';
import type { ErrorCode } from './errors.ts';
import {
  consumerOptionsSchema,
  dtlsParametersSchema,
  iceParametersSchema,
  mediaIdSchema,
  mediaSourceSchema,
  rtpCapabilitiesSchema,
  rtpParametersSchema,
  subscriptionSchema,
  transportOptionsSchema,
} from './media.ts';
import { idSchema, onceIdSchema, textSchema, timeSchema } from './primitives.ts';
import type { Reply } from './reply.ts';
import { chatSchema, frameSchema, iceServerSchema, joinSchema, snapshotSchema } from './room.ts';

/**
 * The socket protocol: one table of events from the client, each acknowledged
 * with a Reply, and one of events from the server. The binding, the AsyncAPI
 * document, the types of the clients and the tests are all made from it.
 */
interface ClientEvent {
  summary: string;
  action: Action;
  payload: z.ZodType;
  data: z.ZodType;
  /** Besides BAD_INPUT, TOKEN_EXPIRED, FORBIDDEN, RATE_LIMITED and INTERNAL, which any event can answer. */
  errors: readonly ErrorCode[];
}

const inSession = z.object({ sessionId: idSchema });
const nothing = z.object({});

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
  'media.subscribe': {
    summary: 'Asks again for media, after the media service was restored',
    action: 'room.join',
    payload: inSession.extend({ rtpCapabilities: rtpCapabilitiesSchema }),
    data: subscriptionSchema,
    errors: ['NOT_JOINED', 'MEDIA_UNAVAILABLE', 'MEDIA_UNSUPPORTED'],
  },
  'media.connect': {
    summary: 'Connects the receive transport; the consumers given with it start',
    action: 'room.join',
    payload: inSession.extend({ transportId: mediaIdSchema, dtlsParameters: dtlsParametersSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.resume': {
    summary: 'Starts consumers that were added after the connect, or paused',
    action: 'room.join',
    payload: inSession.extend({ consumerIds: z.array(mediaIdSchema).min(1).max(16) }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.pause': {
    summary: 'Pauses consumers: audio only, a hidden tab',
    action: 'room.join',
    payload: inSession.extend({ consumerIds: z.array(mediaIdSchema).min(1).max(16) }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.preferLayer': {
    summary: 'The highest simulcast layer this viewer wants of a consumer (0 is the smallest)',
    action: 'room.join',
    payload: inSession.extend({ consumerId: mediaIdSchema, spatialLayer: z.number().int().min(0).max(2) }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.restartIce': {
    summary: 'New ICE parameters for a transport of this connection, after a change of network',
    action: 'room.join',
    payload: inSession.extend({ transportId: mediaIdSchema }),
    data: z.object({ iceParameters: iceParametersSchema }),
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'stage.publish': {
    summary: 'Opens the send transport of a recruiter',
    action: 'stage.publish',
    payload: inSession,
    data: z.object({ transport: transportOptionsSchema, iceServers: z.array(iceServerSchema) }),
    errors: ['NOT_JOINED', 'SESSION_ENDED', 'ALREADY_PUBLISHING', 'MEDIA_UNAVAILABLE'],
  },
  'stage.connect': {
    summary: 'Connects the send transport',
    action: 'stage.publish',
    payload: inSession.extend({ transportId: mediaIdSchema, dtlsParameters: dtlsParametersSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'stage.produce': {
    summary: 'Sends one picture or sound to the room',
    action: 'stage.publish',
    payload: inSession.extend({
      transportId: mediaIdSchema,
      kind: z.enum(['audio', 'video']),
      source: mediaSourceSchema,
      rtpParameters: rtpParametersSchema,
    }),
    data: z.object({ producerId: mediaIdSchema }),
    errors: ['NOT_JOINED', 'SESSION_ENDED', 'MEDIA_NOT_FOUND', 'MEDIA_UNSUPPORTED', 'MEDIA_UNAVAILABLE'],
  },
  'stage.closeProducer': {
    summary: 'Stops one picture or sound',
    action: 'stage.publish',
    payload: inSession.extend({ producerId: mediaIdSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND'],
  },
  'stage.leave': {
    summary: 'Stops sending altogether',
    action: 'stage.publish',
    payload: inSession,
    data: nothing,
    errors: ['NOT_JOINED'],
  },
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
  'media.consumerAdded': {
    summary: 'Somebody started sending: consume it on the same transport, then media.resume',
    payload: inSession.extend({ consumer: consumerOptionsSchema }),
  },
  'media.consumerClosed': { summary: 'A picture or sound ended', payload: inSession.extend({ consumerId: mediaIdSchema }) },
  'media.lost': {
    summary: 'The media of this session must be asked for again with media.subscribe; the visit goes on',
    payload: inSession,
  },
  'stage.lost': { summary: 'The send transport is gone: publish again with stage.publish', payload: inSession },
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
} as const satisfies Record<string, { summary: string; payload: z.ZodType }>;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEventPayload<E extends ServerEventName> = z.output<(typeof serverEvents)[E]['payload']>;

/** For `Server<ClientToServerEvents, ServerToClientEvents>` and `Socket<ServerToClientEvents, ClientToServerEvents>` of socket.io. */
export type ClientToServerEvents = {
  [E in ClientEventName]: (payload: EventInput<E>, acknowledge: (reply: Reply<EventData<E>>) => void) => void;
};
export type ServerToClientEvents = { [E in ServerEventName]: (payload: ServerEventPayload<E>) => void };
