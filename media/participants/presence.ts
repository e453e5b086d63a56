import type { WebRtcTransport } from 'mediasoup/types';

/** When a participant without a connection behind it is taken for gone. */
export interface PresenceLimits {
  /** It has not connected, ms. */
  connectMs: number;
  /** It has not answered ICE consent checks, seconds (RFC 7675). */
  consentSeconds: number;
}

/** Consent is asked for every 5 s (RFC 7675 section 5.1): three unanswered questions are enough. */
export const usualPresence: PresenceLimits = { connectMs: 30_000, consentSeconds: 15 };

/**
 * Calls back once when whoever is behind the transport is gone, or never came:
 * DTLS closed or failed, ICE consent lost. Nothing is told of a transport that we
 * close ourselves.
 */
export function watchPresence(transport: WebRtcTransport, { connectMs }: PresenceLimits, gone: () => void): void {
  let told = false;
  const tell = (): void => {
    if (told || transport.closed) return;
    told = true;
    clearTimeout(never);
    gone();
  };
  const never = setTimeout(tell, connectMs).unref();
  transport.on('dtlsstatechange', (state) => {
    if (state === 'connected') clearTimeout(never);
    if (state === 'closed' || state === 'failed') tell();
  });
  transport.on('icestatechange', (state) => {
    if (state === 'disconnected' || state === 'closed') tell();
  });
  transport.observer.once('close', () => clearTimeout(never));
}
