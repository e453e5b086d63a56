import type { WebRtcTransport } from 'mediasoup/types';

/** When a participant without a connection behind it is taken for gone. */
export interface PresenceLimits {
  /** It has not connected, ms. */
  connectMs: number;
  /** Nothing at all has come from it, neither media nor RTCP nor STUN, ms. */
  silenceMs: number;
}

/** RTCP comes every 5 s or so even from who sends no media (RFC 3550 section 6.2), as do consent checks (RFC 7675). */
export const usualPresence: PresenceLimits = { connectMs: 30_000, silenceMs: 15_000 };

/** So many readings in a row without news are a silence: a process that was held up itself counts none meanwhile. */
const silentReadings = 3;

/**
 * Calls back once when whoever is behind the transport is gone, or never came:
 * DTLS closed or failed, ICE disconnected, or silence. Consent checks alone would
 * not do: encoders on libnice send media for hours and no check (RFC 8445 section
 * 11 lets them). Nothing is told of a transport that we close ourselves.
 */
export function watchPresence(transport: WebRtcTransport, { connectMs, silenceMs }: PresenceLimits, gone: () => void): void {
  let told = false;
  let received = 0;
  let silent = 0;
  let reading = false;
  let listening: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(never);
    clearInterval(listening);
  };
  const tell = (): void => {
    if (told || transport.closed) return;
    told = true;
    stop();
    gone();
  };
  const listen = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    // A worker that does not answer says nothing of who is behind the transport.
    const [stats] = await transport.getStats().catch(() => []);
    reading = false;
    if (!stats) return;
    silent = stats.bytesReceived === received ? silent + 1 : 0;
    received = stats.bytesReceived;
    if (silent >= silentReadings) tell();
  };
  const never = setTimeout(tell, connectMs).unref();
  transport.on('dtlsstatechange', (state) => {
    if (state === 'connected') {
      clearTimeout(never);
      listening ??= setInterval(() => void listen(), silenceMs / silentReadings).unref();
    }
    if (state === 'closed' || state === 'failed') tell();
  });
  transport.on('icestatechange', (state) => {
    if (state === 'disconnected' || state === 'closed') tell();
  });
  transport.observer.once('close', stop);
}
