import { z } from 'zod';
import { idSchema } from '../primitives.ts';
import { mediaHostSchema, newStageKeySchema, stageHealthSchema, stageKeyPurposeSchema, stageKeySchema } from '../stage.ts';
import { by, nothing, type RouteDefinition } from './definition.ts';

/** Stages, the keys of encoders and players, and the machines that carry them. WHIP and WHEP themselves are below /whip and /whep. */
export const stageRoutes = {
  readStageHealth: {
    method: 'GET',
    path: '/sessions/:sessionId/stage',
    tag: 'stage',
    summary: 'How a session’s stage is sent and received, as it is now',
    action: 'stage.read',
    params: by('sessionId'),
    data: stageHealthSchema,
    errors: ['NOT_FOUND', 'MEDIA_UNAVAILABLE'],
  },
  createStageKey: {
    method: 'POST',
    path: '/sessions/:sessionId/stage-keys',
    tag: 'stage',
    summary: 'Makes a URL and a bearer token for a WHIP encoder or a WHEP player; the token is shown this once',
    action: 'stage.key',
    params: by('sessionId'),
    body: z.object({ purpose: stageKeyPurposeSchema }),
    data: newStageKeySchema,
    errors: ['NOT_FOUND', 'SESSION_ENDED', 'OVERLOADED'],
    perMinute: 30,
  },
  listStageKeys: {
    method: 'GET',
    path: '/sessions/:sessionId/stage-keys',
    tag: 'stage',
    summary: 'The keys that are still valid',
    action: 'stage.key',
    params: by('sessionId'),
    data: z.object({ items: z.array(stageKeySchema) }),
    errors: ['NOT_FOUND'],
  },
  withdrawStageKey: {
    method: 'DELETE',
    path: '/sessions/:sessionId/stage-keys/:keyId',
    tag: 'stage',
    summary: 'Makes a key invalid and takes whoever uses it off the stage',
    action: 'stage.key',
    params: z.object({ sessionId: idSchema, keyId: idSchema }),
    data: nothing,
    errors: ['NOT_FOUND'],
  },
  listMediaHosts: {
    method: 'GET',
    path: '/media/hosts',
    tag: 'stage',
    summary: 'The media hosts of the installation and the load of their workers',
    action: 'media.read',
    data: z.object({ items: z.array(mediaHostSchema) }),
    errors: [],
  },
} as const satisfies Record<string, RouteDefinition>;
