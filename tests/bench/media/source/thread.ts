/** The sending thread of source.ts. */
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { createFrames, everyFrame } from './frames.ts';
import { type Rtp, sourceOrderSchema, sourceProfileSchema } from './messages.ts';

const profile = sourceProfileSchema.parse(workerData);
const REPORT_EVERY_MS = 500;
/** RTCP payload types (RFC 3550 section 6.4.1, RFC 4585 section 6.3.1). */
const SENDER_REPORT = 200;
const PAYLOAD_FEEDBACK = 206;

const rtp = createSocket('udp4');
const rtcp = createSocket('udp4');
let target: Rtp | null = null;
const frames = createFrames(profile);
let keyFrameWanted = true;
let lastKeyFrameAt = Number.NEGATIVE_INFINITY;
const sent = { packets: 0, bytes: 0, keyFrames: 0, requests: 0 };

function sendFrame(): void {
  if (!target) return;
  const now = performance.now();
  const keyFrame = keyFrameWanted || now - lastKeyFrameAt >= profile.keyFrameEveryMs;
  if (keyFrame) {
    keyFrameWanted = false;
    lastKeyFrameAt = now;
    sent.keyFrames++;
  }
  for (const packet of frames.next(keyFrame)) {
    rtp.send(packet, target.port, target.address);
    sent.packets++;
    sent.bytes += packet.length;
  }
}

/** Also tells the receiver where its own RTCP goes. */
function sendReport(): void {
  if (!target) return;
  const report = Buffer.alloc(28);
  report.writeUInt8(0x80, 0);
  report.writeUInt8(SENDER_REPORT, 1);
  report.writeUInt16BE(6, 2);
  report.writeUInt32BE(profile.ssrc, 4);
  const now = Date.now();
  report.writeUInt32BE((Math.floor(now / 1000) + 2_208_988_800) >>> 0, 8);
  report.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32) >>> 0, 12);
  report.writeUInt32BE(frames.timestamp(), 16);
  report.writeUInt32BE(sent.packets >>> 0, 20);
  report.writeUInt32BE(sent.bytes >>> 0, 24);
  rtcp.send(report, target.rtcpPort, target.address);
}

/** Picture loss indications and full intra requests; a compound packet may hold several parts. */
rtcp.on('message', (packet) => {
  for (let at = 0; at + 4 <= packet.length; at += (packet.readUInt16BE(at + 2) + 1) * 4) {
    const format = packet.readUInt8(at) & 0x1f;
    if (packet.readUInt8(at + 1) !== PAYLOAD_FEEDBACK || (format !== 1 && format !== 4)) continue;
    sent.requests++;
    keyFrameWanted = true;
  }
});
// A receiver that was killed leaves a closed port behind.
for (const socket of [rtp, rtcp]) socket.on('error', () => undefined);
rtcp.bind(0, '127.0.0.1');

everyFrame(profile.framesPerSecond, sendFrame);
setInterval(sendReport, REPORT_EVERY_MS);

parentPort?.on('message', (message) => {
  const order = sourceOrderSchema.parse(message);
  if (order.type === 'count') {
    parentPort?.postMessage({ call: order.call, ...sent });
    return;
  }
  target = order.target;
  keyFrameWanted = true;
  sendReport();
});
