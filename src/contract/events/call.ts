import { z } from 'zod';
import { callColleagueSchema, callEntranceSchema, callHandOverSchema, callJoinSchema, callSchema } from '../call.ts';
import { idSchema } from '../primitives.ts';
import { type ClientEvent, nothing, type ServerEvent } from './definition.ts';

const inCall = z.object({ callId: idSchema });
const answered = z.object({ call: callSchema });

/** One-to-one rooms (視頻溝通). Media goes through media.* and stage.* with the call's id as stage id. */
export const callEvents = {
  'call.start': {
    summary: 'A recruiter opens the one-to-one room of a consultation and rings its viewer; repeated, it answers the open one',
    action: 'call.hold',
    payload: z.object({ consultationId: idSchema }),
    data: answered,
    errors: ['NOT_FOUND', 'CONSULTATION_CLOSED', 'CALL_BUSY'],
  },
  'call.join': {
    summary: 'Enters the room and receives its media; the viewer’s first time answers it',
    action: 'account.readSelf',
    payload: callJoinSchema,
    data: callEntranceSchema,
    errors: ['NOT_FOUND', 'CALL_ENDED', 'MEDIA_UNAVAILABLE', 'MEDIA_UNSUPPORTED'],
  },
  'call.leave': {
    summary: 'This connection leaves the room, which goes on for whoever is left in it a while',
    action: 'account.readSelf',
    payload: inCall,
    data: nothing,
    errors: ['NOT_FOUND'],
  },
  'call.end': {
    summary: 'Hangs up for both; before it was answered: the viewer declines, the recruiter takes it back',
    action: 'account.readSelf',
    payload: inCall,
    data: answered,
    errors: ['NOT_FOUND'],
  },
  'call.handOver': {
    summary: 'Gives the company’s side to a colleague, who is rung; the viewer stays',
    action: 'call.hold',
    payload: callHandOverSchema,
    data: answered,
    errors: ['NOT_FOUND', 'CALL_ENDED', 'CALL_BUSY'],
  },
  'call.colleagues': {
    summary: 'Who could take the company’s side over',
    action: 'call.hold',
    payload: inCall,
    data: z.object({ colleagues: z.array(callColleagueSchema) }),
    errors: ['NOT_FOUND'],
  },
  'call.list': {
    summary: 'The open calls of this person, to find them again after a reload',
    action: 'account.readSelf',
    payload: nothing,
    data: z.object({ calls: z.array(callSchema) }),
    errors: [],
  },
} as const satisfies Record<string, ClientEvent>;

export const callNews = {
  'call.ringing': { summary: 'To the viewer, or to the colleague a call is handed to: answer with call.join', payload: answered },
  'call.updated': { summary: 'To both sides: answered, somebody came or went, handed over, ended', payload: answered },
} as const satisfies Record<string, ServerEvent>;
