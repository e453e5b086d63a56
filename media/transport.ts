import type { WebRtcTransport } from 'mediasoup/types';
import type { HeldRouter } from './stage-routers.ts';
import type { TransportOptions } from './types.ts';

/** A WebRTC transport on the one UDP and TCP port of the router's worker; the bitrate is what it starts with, bits a second. */
export function openTransport(held: HeldRouter, initialOutgoingBitrate: number): Promise<WebRtcTransport> {
  return held.router.createWebRtcTransport({
    webRtcServer: held.webRtcServer,
    enableUdp: true,
    enableTcp: true,
    preferUdp: true,
    initialAvailableOutgoingBitrate: initialOutgoingBitrate,
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
