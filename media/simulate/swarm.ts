import type { DtlsParameters } from 'mediasoup/types';
import type { Subscription } from '../types.ts';
import { dtlsOf, offerOf } from './swarm-offer.ts';
import { openPeer } from './swarm-peer.ts';

export interface HeadlessViewerOptions {
  subscription: Subscription;
  /** Passes the viewer's DTLS parameters on, as media.connect does. */
  connect(dtlsParameters: DtlsParameters): Promise<void>;
}

/** A viewer without a picture: real ICE, DTLS and SRTP, and a count of what arrives. */
export interface HeadlessViewer {
  /** Bytes of RTP payload and headers received so far, by kind. */
  received(): Record<'audio' | 'video', number>;
  /** Resolves when more than so many further bytes of a kind have arrived. */
  receives(kind: 'audio' | 'video', bytes: number): Promise<void>;
  /** 'connected' once ICE and DTLS are done. */
  state(): string;
  close(): void;
}

/** A viewer in this process; many belong into processes of their own (swarm-crowd.ts). @throws Error when the subscription has nothing to receive: an SDP offer needs a media section */
export async function startHeadlessViewer({ subscription, connect }: HeadlessViewerOptions): Promise<HeadlessViewer> {
  if (subscription.consumers.length === 0) throw new Error('there is nothing to receive');
  const received = { audio: 0, video: 0 };
  const waiting = new Set<() => void>();
  const peer = openPeer({
    packet(mid, bytes) {
      received[subscription.consumers[Number(mid)]?.kind ?? 'video'] += bytes;
      for (const check of waiting) check();
    },
    state: () => undefined,
  });
  await connect(dtlsOf(await peer.answer(offerOf(subscription))));
  return {
    received: () => ({ ...received }),
    receives(kind, bytes) {
      const target = received[kind] + bytes;
      return new Promise((resolve) => {
        const check = (): void => {
          if (received[kind] < target) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
      });
    },
    state: () => peer.state(),
    close() {
      waiting.clear();
      peer.close();
    },
  };
}
