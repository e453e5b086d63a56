import { createSocket } from 'node:dgram';
import type { RtpIngest, RtpIngestOptions } from '../../media/types.ts';

const ssrcs = [5_001, 5_002, 5_003] as const;
const payloadType = 101;

/** A camera in three layers whose sender takes requests for key frames (RFC 4585, PLI). */
export const simulcastCamera: RtpIngestOptions = {
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
    encodings: ssrcs.map((ssrc) => ({ ssrc, scalabilityMode: 'L1T1' })),
  },
};

const everyMs = 20;
/** Packet types of RTCP (RFC 4585 section 6.1, RFC 5104 section 4.3): payload-specific feedback with PLI or FIR. */
const payloadSpecific = 206;
const pictureLoss = 1;
const fullIntra = 4;

export interface SimulcastSender {
  /** When each layer's sender was asked for a key frame, ms; by layer, 0 the smallest. */
  requests: number[][];
  /** Whether it sends the key frames it is asked for. */
  answering: boolean;
  stop(): void;
}

/**
 * Sends three layers as an encoder does: a key frame (here a sequence parameter set,
 * RFC 6184 NAL type 7, by which mediasoup knows one) at the start and when it is asked
 * for one, other pictures else. It counts for itself what it is asked.
 */
export function sendSimulcast({ address, port, rtcpPort }: RtpIngest): SimulcastSender {
  const rtp = createSocket('udp4');
  const rtcp = createSocket('udp4');
  const requests: number[][] = ssrcs.map(() => []);
  const keyFrameDue = ssrcs.map(() => true);
  let sent = 0;
  rtcp.on('message', (compound) => {
    for (let at = 0; at + 12 <= compound.length; at += (compound.readUInt16BE(at + 2) + 1) * 4) {
      const format = compound.readUInt8(at) & 0x1f;
      if (compound.readUInt8(at + 1) !== payloadSpecific || (format !== pictureLoss && format !== fullIntra)) continue;
      // In FIR the media source is in the entry that follows.
      const layer = ssrcs.findIndex((ssrc) => ssrc === compound.readUInt32BE(format === fullIntra ? at + 12 : at + 8));
      requests[layer]?.push(performance.now());
      if (sender.answering) keyFrameDue[layer] = true;
    }
  });
  const timer = setInterval(() => {
    for (const [layer, ssrc] of ssrcs.entries()) {
      const packet = Buffer.alloc(112 + 200 * layer);
      packet.writeUInt8(0x80, 0);
      packet.writeUInt8(0x80 | payloadType, 1);
      packet.writeUInt16BE(sent & 0xffff, 2);
      packet.writeUInt32BE(sent * 90 * everyMs, 4);
      packet.writeUInt32BE(ssrc, 8);
      packet.writeUInt8(keyFrameDue[layer] ? 0x67 : 0x61, 12);
      keyFrameDue[layer] = false;
      rtp.send(packet, port, address);
    }
    // Sender reports (RFC 3550 section 6.4.1) tie the layers together, without which no viewer changes between them.
    if (sent % 25 === 0) for (const ssrc of ssrcs) rtcp.send(senderReport(ssrc, sent), rtcpPort, address);
    sent++;
  }, everyMs);
  const sender: SimulcastSender = {
    requests,
    answering: true,
    stop() {
      clearInterval(timer);
      rtp.close();
      rtcp.close();
    },
  };
  return sender;
}

function senderReport(ssrc: number, sent: number): Buffer {
  const report = Buffer.alloc(28);
  const seconds = sent * (everyMs / 1_000);
  report.writeUInt8(0x80, 0);
  report.writeUInt8(200, 1);
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(Math.floor(seconds) + 1_000, 8);
  report.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), 12);
  report.writeUInt32BE(sent * 90 * everyMs, 16);
  report.writeUInt32BE(sent, 20);
  report.writeUInt32BE(sent * 100, 24);
  return report;
}
