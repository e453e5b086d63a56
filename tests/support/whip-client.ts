import { Audio, PeerConnection, RtcpReceivingSession, RtpPacketizationConfig, RtpPacketizer, type Track, Video } from 'node-datachannel';

/** What an endpoint answered. */
export interface Exchange {
  status: number;
  headers: Headers;
  body: string;
}

export async function exchange(url: string, init: RequestInit & { token?: string }): Promise<Exchange> {
  const { token, headers, ...rest } = init;
  const response = await fetch(url, { ...rest, headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers } });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

export const postOffer = (url: string, token: string, offer: string): Promise<Exchange> =>
  exchange(url, { method: 'POST', token, headers: { 'content-type': 'application/sdp' }, body: offer });

export interface LibEncoder {
  /** The offer that it makes, as OBS (which is built on the same library) makes it. */
  offer: string;
  accept(answer: string): void;
  state(): string;
  close(): void;
}

const opusProfile = 'minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1';

/** An encoder on libdatachannel that sends Opus and H.264 packets, with content that nobody could decode, all the time. */
export async function startLibEncoder(): Promise<LibEncoder> {
  const peer = new PeerConnection('encoder', { iceServers: [], disableAutoNegotiation: true });
  const audio = new Audio('0', 'SendOnly');
  audio.addOpusCodec(111, opusProfile);
  audio.addSSRC(1_111, 'obs', 'obs', 'obs-audio');
  const video = new Video('1', 'SendOnly');
  video.addH264Codec(96);
  video.addSSRC(2_222, 'obs', 'obs', 'obs-video');
  const tracks: { track: Track; config: RtpPacketizationConfig; payload: Buffer; step: number }[] = [
    { ...tracked(peer.addTrack(audio), 1_111, 111, 48_000), payload: Buffer.alloc(120, 1), step: 960 },
    // A sequence parameter set (RFC 6184, NAL type 7), by which mediasoup knows a key frame.
    { ...tracked(peer.addTrack(video), 2_222, 96, 90_000), payload: Buffer.alloc(600, 0x67), step: 1_800 },
  ];
  const described = new Promise<string>((resolve) => peer.onLocalDescription((sdp) => resolve(sdp)));
  peer.setLocalDescription('offer');
  const timer = setInterval(() => {
    for (const { track, config, payload, step } of tracks) {
      config.timestamp += step;
      if (track.isOpen()) track.sendMessageBinary(payload);
    }
  }, 20);
  return {
    offer: await described,
    accept: (answer) => peer.setRemoteDescription(answer, 'answer'),
    state: () => peer.state(),
    close() {
      clearInterval(timer);
      for (const { track } of tracks) track.close();
      peer.close();
    },
  };
}

function tracked(track: Track, ssrc: number, payloadType: number, clockRate: number) {
  const config = new RtpPacketizationConfig(ssrc, 'obs', payloadType, clockRate);
  track.setMediaHandler(new RtpPacketizer(config));
  return { track, config };
}

export interface LibPlayer {
  offer: string;
  accept(answer: string): void;
  /** Bytes of RTP so far, by mid. */
  received(): Record<string, number>;
  /** The payload types of what came. */
  payloadTypes(): Set<number>;
  state(): string;
  close(): void;
}

/** A player on libdatachannel with payload types of its own. */
export async function startLibPlayer(): Promise<LibPlayer> {
  const peer = new PeerConnection('player', { iceServers: [], disableAutoNegotiation: true });
  const audio = new Audio('sound', 'RecvOnly');
  audio.addOpusCodec(96, 'minptime=10;useinbandfec=1');
  const video = new Video('picture', 'RecvOnly');
  video.addH264Codec(97);
  video.addVP8Codec(98);
  const received: Record<string, number> = {};
  const payloadTypes = new Set<number>();
  const tracks = [audio, video].map((media) => {
    const track = peer.addTrack(media);
    track.setMediaHandler(new RtcpReceivingSession());
    track.onMessage((packet) => {
      received[media.mid()] = (received[media.mid()] ?? 0) + packet.length;
      payloadTypes.add(packet.readUInt8(1) & 0x7f);
    });
    return track;
  });
  const described = new Promise<string>((resolve) => peer.onLocalDescription((sdp) => resolve(sdp)));
  peer.setLocalDescription('offer');
  return {
    offer: await described,
    accept: (answer) => peer.setRemoteDescription(answer, 'answer'),
    received: () => ({ ...received }),
    payloadTypes: () => new Set(payloadTypes),
    state: () => peer.state(),
    close() {
      for (const track of tracks) track.close();
      peer.close();
    },
  };
}
