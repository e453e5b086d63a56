import { generateRouterRtpCapabilities } from 'mediasoup/ortc';
import type { RouterRtpCodecCapability, RtpCapabilities } from 'mediasoup/types';

/** What routers with these codecs offer, told without a worker. @throws Error when a codec is not supported */
export const routerCapabilities = (codecs: readonly RouterRtpCodecCapability[]): RtpCapabilities =>
  generateRouterRtpCapabilities(structuredClone([...codecs]));
