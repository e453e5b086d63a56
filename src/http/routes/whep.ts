import type { FastifyInstance } from 'fastify';
import { registerSdpExchange, type SdpExchangeOptions } from '../sdp-exchange.ts';

/** POST /whep/:sessionId with a stage key or an access token: any WHEP player watches what is on stage (draft-ietf-wish-whep). */
export function registerWhep(app: FastifyInstance, options: SdpExchangeOptions): Promise<void> {
  return registerSdpExchange(app, { name: 'whep', purpose: 'watch', open: options.links.watch }, options);
}
