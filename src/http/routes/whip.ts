import type { FastifyInstance } from 'fastify';
import { registerSdpExchange, type SdpExchangeOptions } from '../sdp-exchange.ts';

/** POST /whip/:sessionId with a stage key: OBS, GStreamer and hardware encoders go live (RFC 9725). */
export function registerWhip(app: FastifyInstance, options: SdpExchangeOptions): Promise<void> {
  return registerSdpExchange(app, { name: 'whip', purpose: 'publish', open: options.links.publish }, options);
}
