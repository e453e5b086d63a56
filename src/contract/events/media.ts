import { z } from 'zod';
import {
  consumerOptionsSchema,
  dtlsParametersSchema,
  iceParametersSchema,
  iceServerSchema,
  mediaIdSchema,
  rtpCapabilitiesSchema,
  subscriptionSchema,
} from '../media.ts';
import { type ClientEvent, nothing, onStage, type ServerEvent } from './definition.ts';

const some = z.array(mediaIdSchema).min(1).max(16);
const freshIceServers = z
  .array(iceServerSchema)
  .meta({ description: 'To be used in place of those given earlier, whose TURN credentials may have expired' });

/** Receiving: of a session's stage or of a call's. */
export const mediaEvents = {
  'media.subscribe': {
    summary: 'Asks again for media, after the media service was restored',
    action: 'room.join',
    payload: onStage.extend({ rtpCapabilities: rtpCapabilitiesSchema }),
    data: subscriptionSchema.extend({ iceServers: freshIceServers }),
    errors: ['NOT_JOINED', 'CALL_ENDED', 'MEDIA_UNAVAILABLE', 'MEDIA_UNSUPPORTED'],
  },
  'media.connect': {
    summary: 'Connects the receive transport; the consumers given with it start',
    action: 'room.join',
    payload: onStage.extend({ transportId: mediaIdSchema, dtlsParameters: dtlsParametersSchema }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.resume': {
    summary: 'Starts consumers that were added after the connect, or paused',
    action: 'room.join',
    payload: onStage.extend({ consumerIds: some }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.pause': {
    summary: 'Pauses consumers: audio only, a hidden tab',
    action: 'room.join',
    payload: onStage.extend({ consumerIds: some }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.preferLayer': {
    summary: 'The highest simulcast or SVC layer this viewer wants of a consumer (0 is the smallest)',
    action: 'room.join',
    payload: onStage.extend({
      consumerId: mediaIdSchema,
      spatialLayer: z.number().int().min(0).max(2),
      temporalLayer: z.number().int().min(0).max(2).optional(),
    }),
    data: nothing,
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  'media.restartIce': {
    summary: 'New ICE parameters for a transport of this connection, after a change of network',
    action: 'room.join',
    payload: onStage.extend({ transportId: mediaIdSchema }),
    data: z.object({ iceParameters: iceParametersSchema, iceServers: freshIceServers }),
    errors: ['NOT_JOINED', 'MEDIA_NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
} as const satisfies Record<string, ClientEvent>;

export const mediaNews = {
  'media.consumerAdded': {
    summary: 'Somebody started sending: consume it on the same transport, then media.resume',
    payload: onStage.extend({ consumer: consumerOptionsSchema }),
  },
  'media.consumerClosed': { summary: 'A picture or sound ended', payload: onStage.extend({ consumerId: mediaIdSchema }) },
  'media.lost': {
    summary: 'The media of this stage must be asked for again with media.subscribe; the visit goes on',
    payload: onStage,
  },
} as const satisfies Record<string, ServerEvent>;
