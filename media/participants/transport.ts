import type { WebRtcTransport } from 'mediasoup/types';
import type { HeldRouter } from '../routers/shared-router.ts';
import type { TransportOptions } from '../types.ts';

export interface OpenTransportOptions {
  /** What it starts with before the bandwidth is known, bits a second. */
  initialOutgoingBitrate: number;
  /** Nothing but the transport itself says when its peer is gone; see presence.ts. */
  detached?: boolean | undefined;
}

/** A WebRTC transport on the one UDP and TCP port of the router's worker. */
export function openTransport(held: HeldRouter, { initialOutgoingBitrate, detached }: OpenTransportOptions): Promise<WebRtcTransport> {
  return held.router.createWebRtcTransport({
    webRtcServer: held.webRtcServer,
    enableUdp: true,
    enableTcp: true,
    preferUdp: true,
    initialAvailableOutgoingBitrate: initialOutgoingBitrate,
    // Not every encoder and player checks consent (RFC 7675).
    ...(detached ? { iceConsentTimeout: 0 } : {}),
  });
}

/** What the client needs to create its side of a transport. */
export function transportOptions(transport: WebRtcTransport): TransportOptions {
  return {
    id: transport.id,
    iceParameters: transport.iceParameters,
    iceCandidates: transport.iceCandidates,
    dtlsParameters: transport.dtlsParameters,
  };
}
