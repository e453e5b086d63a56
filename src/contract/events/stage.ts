import { z } from 'zod';
import {
  dtlsParametersSchema,
  iceServerSchema,
  mediaIdSchema,
  mediaSourceSchema,
  rtpParametersSchema,
  seatSchema,
  transportOptionsSchema,
} from '../media.ts';
import { idSchema } from '../primitives.ts';
import { conditionReasonSchema, speakerKeySchema, stageConditionSchema, stageHealthSchema, stageInvitationSchema } from '../stage.ts';
import { type ClientEvent, inSession, nothing, onStage, type ServerEvent } from './definition.ts';

/** Sending, and who may come on stage. */
export const stageEvents = {
  'stage.publish': {
    summary: 'Opens a send transport: of a recruiter, of a viewer on stage, of either side of a call',
    action: 'stage.publish',
    payload: onStage,
    data: z.object({ transport: transportOptionsSchema, iceServers: z.array(iceServerSchema), seat: seatSchema }),
    errors: ['NOT_JOINED', 'NOT_INVITED', 'SESSION_ENDED', 'CALL_ENDED', 'ALREADY_PUBLISHING', 'STAGE_FULL', 'MEDIA_UNAVAILABLE'],
  },
  'stage.connect': {
    summary: 'Connects the send transport',
    action: 'stage.publish',
    payload: onStage.extend({ transportId: mediaIdSchema, dtlsParameters: dtlsParametersSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'NOT_INVITED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'stage.produce': {
    summary: 'Sends one picture or sound',
    action: 'stage.publish',
    payload: onStage.extend({
      transportId: mediaIdSchema,
      kind: z.enum(['audio', 'video']),
      source: mediaSourceSchema,
      rtpParameters: rtpParametersSchema,
    }),
    data: z.object({ producerId: mediaIdSchema }),
    errors: ['NOT_JOINED', 'NOT_INVITED', 'SESSION_ENDED', 'CALL_ENDED', 'MEDIA_NOT_FOUND', 'MEDIA_UNSUPPORTED', 'MEDIA_UNAVAILABLE'],
  },
  'stage.pause': {
    summary: 'Pauses or resumes one of the own pictures or sounds; a guest whom staff muted cannot resume its sound',
    action: 'stage.publish',
    payload: onStage.extend({ producerId: mediaIdSchema, paused: z.boolean() }),
    data: nothing,
    errors: ['NOT_JOINED', 'NOT_INVITED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'stage.closeProducer': {
    summary: 'Stops one picture or sound',
    action: 'stage.publish',
    payload: onStage.extend({ producerId: mediaIdSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND'],
  },
  'stage.leave': {
    summary: 'Stops sending altogether; a guest leaves the stage',
    action: 'stage.publish',
    payload: onStage,
    data: nothing,
    errors: ['NOT_JOINED'],
  },
  'stage.invite': {
    summary: 'Invites a viewer of the room on stage (連麥)',
    action: 'stage.invite',
    payload: inSession.extend({ key: speakerKeySchema }),
    data: z.object({ invitation: stageInvitationSchema }),
    errors: ['NOT_JOINED', 'NOT_FOUND', 'STAGE_FULL', 'SESSION_NOT_LIVE', 'SESSION_ENDED'],
  },
  'stage.answer': {
    summary: 'Accepts an invitation (then stage.publish) or declines it',
    action: 'stage.answer',
    payload: inSession.extend({ invitationId: idSchema, accept: z.boolean() }),
    data: nothing,
    errors: ['NOT_JOINED', 'NOT_INVITED', 'STAGE_FULL', 'SESSION_ENDED'],
  },
  'stage.remove': {
    summary: 'Takes a guest off the stage, or an invitation back',
    action: 'stage.invite',
    payload: inSession.extend({ key: speakerKeySchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'NOT_FOUND'],
  },
  'stage.mute': {
    summary: 'Turns a guest’s microphone off, or lets the guest turn it on again',
    action: 'stage.invite',
    payload: inSession.extend({ key: speakerKeySchema, muted: z.boolean() }),
    data: nothing,
    errors: ['NOT_JOINED', 'NOT_FOUND'],
  },
  'stage.invitations': {
    summary: 'The invitations that are not answered yet, and how many guests the stage takes',
    action: 'stage.invite',
    payload: inSession,
    data: z.object({
      invitations: z.array(stageInvitationSchema),
      limit: z.number().int().nonnegative().meta({ description: 'Most guests on stage at a time' }),
    }),
    errors: ['NOT_JOINED'],
  },
  'stage.health': {
    summary: 'How the stage is sent and received, as it is now',
    action: 'stage.read',
    payload: inSession,
    data: stageHealthSchema,
    errors: ['NOT_JOINED', 'MEDIA_UNAVAILABLE'],
  },
} as const satisfies Record<string, ClientEvent>;

export const stageNews = {
  'stage.lost': { summary: 'The send transport is gone: publish again with stage.publish', payload: onStage },
  'stage.replaced': {
    summary: 'Another connection or encoder of the same person has taken over: do not publish again by itself',
    payload: onStage,
  },
  'stage.invited': {
    summary: 'To a viewer: come on stage? Answer with stage.answer',
    payload: inSession.extend({ invitation: stageInvitationSchema }),
  },
  'stage.uninvited': {
    summary: 'To a viewer: the invitation is no longer valid, or it was taken off the stage',
    payload: inSession.extend({ reason: z.enum(['withdrawn', 'expired', 'answered', 'removed']) }),
  },
  'stage.answered': {
    summary: 'To the session’s staff: what became of an invitation',
    payload: inSession.extend({ invitation: stageInvitationSchema, outcome: z.enum(['accepted', 'declined', 'expired']) }),
  },
  'stage.muted': {
    summary: 'To a guest: staff turned its microphone off, or allows it again',
    payload: inSession.extend({ muted: z.boolean() }),
  },
  'stage.condition': {
    summary: 'To the session’s staff: the stage is received better or worse than before',
    payload: inSession.extend({ condition: stageConditionSchema, reasons: z.array(conditionReasonSchema) }),
  },
} as const satisfies Record<string, ServerEvent>;
