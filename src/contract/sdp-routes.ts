import type { ErrorCode } from './errors.ts';

/** An endpoint that takes SDP (RFC 8866) instead of JSON; its failures bear the reply shape. */
export interface SdpRouteDefinition {
  /** Its resources are one segment below. Not under /api/v1. */
  path: string;
  summary: string;
  /** What opening, patching and closing can answer. */
  errors: readonly ErrorCode[];
}

const errors = [
  'BAD_INPUT',
  'UNAUTHENTICATED',
  'STAGE_KEY_INVALID',
  'NOT_FOUND',
  'MEDIA_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'SESSION_ENDED',
  'PRECONDITION_FAILED',
  'TOO_LARGE',
  'UNSUPPORTED_TYPE',
  'MEDIA_UNSUPPORTED',
  'PRECONDITION_REQUIRED',
  'RATE_LIMITED',
  'INTERNAL',
  'MEDIA_UNAVAILABLE',
  'OVERLOADED',
] as const satisfies readonly ErrorCode[];

/** How encoders send and players watch by offer and answer. */
export const sdpRoutes = {
  whip: {
    path: '/whip/:sessionId',
    summary: 'An encoder goes live by WHIP (RFC 9725), with a publishing stage key as bearer token',
    errors: [...errors, 'ALREADY_PUBLISHING'],
  },
  whep: {
    path: '/whep/:sessionId',
    summary: 'A player watches by WHEP (draft-ietf-wish-whep), with a watching stage key or an access token as bearer token',
    errors: [...errors, 'TOKEN_EXPIRED', 'FORBIDDEN', 'SESSION_NOT_LIVE'],
  },
} as const satisfies Record<string, SdpRouteDefinition>;
export type SdpRouteName = keyof typeof sdpRoutes;
