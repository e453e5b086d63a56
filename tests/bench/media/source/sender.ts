import type { DtlsParameters, RtpParameters } from 'mediasoup/types';
import { PeerConnection, Video } from 'node-datachannel';
import { dtlsOf } from '../../../../media/simulate/swarm-offer.ts';
import type { TransportOptions } from '../../../../media/types.ts';
import { createFrames, everyFrame } from './frames.ts';
import { smallProfile, videoIngest } from './source.ts';

/** How a sender asks for its transport and says what it sends. */
export interface Signalling {
  open(): Promise<TransportOptions>;
  connect(transportId: string, dtlsParameters: DtlsParameters): Promise<unknown>;
  produce(transportId: string, rtpParameters: RtpParameters): Promise<unknown>;
}

const KEY_FRAME_EVERY_MS = 1_000;
const CONNECTED_WITHIN_MS = 10_000;

/** The transport as the SDP answer of an ICE-lite peer (RFC 8829) that receives one picture. */
function answerOf({ iceParameters, iceCandidates, dtlsParameters }: TransportOptions, payloadType: number): string {
  const sha256 = dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === 'sha-256')?.value;
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=ice-lite',
    'a=group:BUNDLE 0',
    `m=video 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    `a=ice-ufrag:${iceParameters.usernameFragment}`,
    `a=ice-pwd:${iceParameters.password}`,
    `a=fingerprint:sha-256 ${sha256}`,
    'a=setup:passive',
    'a=recvonly',
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} H264/90000`,
    ...iceCandidates
      .filter(({ protocol }) => protocol === 'udp')
      .map(({ foundation, priority, address, port, type }) => `a=candidate:${foundation} 1 udp ${priority} ${address} ${port} typ ${type}`),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

/** A recruiter without a camera: sends the small stream with ICE, DTLS and SRTP; answers what stops it. */
export async function startSender(signalling: Signalling): Promise<() => void> {
  const { payloadType, ssrc, framesPerSecond } = smallProfile;
  const peer = new PeerConnection('sender', { iceServers: [], disableAutoNegotiation: true });
  const media = new Video('0', 'SendOnly');
  media.addH264Codec(payloadType);
  media.addSSRC(ssrc, 'bench');
  const track = peer.addTrack(media);
  const offer = new Promise<string>((resolve) => peer.onLocalDescription((sdp) => resolve(sdp)));
  const connected = Promise.withResolvers<void>();
  track.onOpen(() => connected.resolve());
  const late = setTimeout(() => connected.reject(new Error('the sender was not connected')), CONNECTED_WITHIN_MS);
  peer.setLocalDescription('offer');
  const dtlsParameters = dtlsOf(await offer);
  const transport = await signalling.open();
  peer.setRemoteDescription(answerOf(transport, payloadType), 'answer');
  await signalling.connect(transport.id, dtlsParameters);
  await signalling.produce(transport.id, videoIngest.rtpParameters);
  await connected.promise.finally(() => clearTimeout(late));
  const frames = createFrames(smallProfile);
  let lastKeyFrameAt = Number.NEGATIVE_INFINITY;
  const stop = everyFrame(framesPerSecond, () => {
    const keyFrame = performance.now() - lastKeyFrameAt >= KEY_FRAME_EVERY_MS;
    if (keyFrame) lastKeyFrameAt = performance.now();
    for (const packet of frames.next(keyFrame)) if (track.isOpen()) track.sendMessageBinary(packet);
  });
  return () => {
    stop();
    track.close();
    peer.close();
  };
}
