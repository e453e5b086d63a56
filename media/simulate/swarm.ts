import type { DtlsParameters } from 'mediasoup/types';
import { PeerConnection, RtcpReceivingSession, type Track } from 'node-datachannel';
import type { ConsumerOptions, Subscription } from '../types.ts';

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

/** mediasoup allows every codec its own payload type, so that all consumers share one BUNDLE (RFC 9143). */
function mediaSection(consumer: ConsumerOptions, mid: number, { transport }: Subscription): string[] {
  const { codecs, encodings, rtcp } = consumer.rtpParameters;
  const ssrc = encodings?.[0]?.ssrc;
  return [
    `m=${consumer.kind} 9 UDP/TLS/RTP/SAVPF ${codecs.map((codec) => codec.payloadType).join(' ')}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${transport.iceParameters.usernameFragment}`,
    `a=ice-pwd:${transport.iceParameters.password}`,
    ...fingerprint(transport.dtlsParameters),
    'a=setup:actpass',
    'a=sendonly',
    'a=rtcp-mux',
    ...codecs.flatMap((codec) => {
      const name = codec.mimeType.split('/')[1];
      const format = Object.entries(codec.parameters ?? {}).map(([key, value]) => `${key}=${value}`);
      return [
        `a=rtpmap:${codec.payloadType} ${name}/${codec.clockRate}${codec.channels ? `/${codec.channels}` : ''}`,
        ...(format.length > 0 ? [`a=fmtp:${codec.payloadType} ${format.join(';')}`] : []),
      ];
    }),
    ...(ssrc === undefined ? [] : [`a=ssrc:${ssrc} cname:${rtcp?.cname ?? 'gangbo'}`]),
    ...transport.iceCandidates
      .filter((candidate) => candidate.protocol === 'udp')
      .map(
        (candidate) =>
          `a=candidate:${candidate.foundation} 1 udp ${candidate.priority} ${candidate.address} ${candidate.port} typ ${candidate.type}`,
      ),
    'a=end-of-candidates',
  ];
}

const fingerprint = ({ fingerprints }: DtlsParameters): string[] => {
  const sha256 = fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  return sha256 ? [`a=fingerprint:sha-256 ${sha256.value}`] : [];
};

/** The subscription as an SDP offer (RFC 8829) of an ICE-lite peer. */
function offerOf(subscription: Subscription): string {
  const mids = subscription.consumers.map((_, mid) => mid).join(' ');
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    `a=group:BUNDLE ${mids}`,
    ...subscription.consumers.flatMap((consumer, mid) => mediaSection(consumer, mid, subscription)),
    '',
  ].join('\r\n');
}

/** @throws Error when the subscription has nothing to receive: an SDP offer needs a media section */
export async function startHeadlessViewer({ subscription, connect }: HeadlessViewerOptions): Promise<HeadlessViewer> {
  if (subscription.consumers.length === 0) throw new Error('there is nothing to receive');
  const peer = new PeerConnection('viewer', { iceServers: [], disableAutoNegotiation: true });
  const received = { audio: 0, video: 0 };
  const waiting = new Set<() => void>();
  // Tracks must stay referenced, or their callbacks are collected.
  const tracks: Track[] = [];
  peer.onTrack((track) => {
    const kind = subscription.consumers[Number(track.mid())]?.kind ?? 'video';
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage((packet) => {
      received[kind] += packet.length;
      for (const check of waiting) check();
    });
    tracks.push(track);
  });
  const answer = new Promise<string>((resolve) => peer.onLocalDescription((sdp) => resolve(sdp)));
  peer.setRemoteDescription(offerOf(subscription), 'offer');
  peer.setLocalDescription('answer');
  const value = /a=fingerprint:sha-256 (\S+)/i.exec(await answer)?.[1];
  if (!value) throw new Error('the answer has no fingerprint');
  await connect({ role: 'client', fingerprints: [{ algorithm: 'sha-256', value }] });
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
      for (const track of tracks) track.close();
      peer.close();
    },
  };
}
