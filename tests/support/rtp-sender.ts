import { createSocket } from 'node:dgram';
import type { RtpIngest, RtpIngestOptions } from '../../media/types.ts';

const ssrc = 4_242;
const payloadType = 101;

/** A picture whose sender says that it takes requests for key frames (RFC 4585, PLI). */
export const requestablePicture: RtpIngestOptions = {
  kind: 'video',
  source: 'camera',
  rtpParameters: {
    codecs: [
      {
        mimeType: 'video/H264',
        payloadType,
        clockRate: 90_000,
        parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
        rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
      },
    ],
    encodings: [{ ssrc }],
  },
};

/** Sends one RTP packet (RFC 3550 section 5.1) with a sequence parameter set (RFC 6184, NAL type 7, by which mediasoup knows a key frame) every 20 ms; answers what stops it. */
export function sendPicture({ address, port }: RtpIngest): () => void {
  const socket = createSocket('udp4');
  let sent = 0;
  const timer = setInterval(() => {
    const packet = Buffer.alloc(212);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(0x80 | payloadType, 1);
    packet.writeUInt16BE(sent & 0xffff, 2);
    packet.writeUInt32BE(sent * 1_800, 4);
    packet.writeUInt32BE(ssrc, 8);
    packet.writeUInt8(0x67, 12);
    socket.send(packet, port, address);
    sent++;
  }, 20);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}
