/** The sending thread of source.ts. */
import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { type Rtp, sourceOrderSchema, sourceProfileSchema } from './source-messages.ts';

const { payloadType, ssrc, framesPerSecond, packetsPerFrame, packetsPerKeyFrame, payloadBytes, keyFrameEveryMs } =
  sourceProfileSchema.parse(workerData);
const TICKS_PER_SECOND = 90_000;
const HEADER_BYTES = 12;
const REPORT_EVERY_MS = 500;
/** RTCP payload types (RFC 3550 section 6.4.1, RFC 4585 section 6.3.1). */
const SENDER_REPORT = 200;
const PAYLOAD_FEEDBACK = 206;

const rtp = createSocket('udp4');
const rtcp = createSocket('udp4');
let target: Rtp | null = null;
let sequence = 0;
let frames = 0;
let keyFrameWanted = true;
let lastKeyFrameAt = Number.NEGATIVE_INFINITY;
const sent = { packets: 0, bytes: 0, keyFrames: 0, requests: 0 };
const payload = Buffer.alloc(payloadBytes, 0x5a);

/** RFC 6184: a sequence parameter set, by which a key frame is known, then fragments (FU-A) of an IDR slice or of another one. */
function nalHeader(keyFrame: boolean, first: boolean, index: number, last: boolean): number[] {
  if (keyFrame && first) return [0x67];
  const start = index === (keyFrame ? 1 : 0) ? 0x80 : 0;
  return [0x7c, start | (last ? 0x40 : 0) | (keyFrame ? 5 : 1)];
}

function sendFrame(): void {
  if (!target) return;
  const now = performance.now();
  const keyFrame = keyFrameWanted || now - lastKeyFrameAt >= keyFrameEveryMs;
  if (keyFrame) {
    keyFrameWanted = false;
    lastKeyFrameAt = now;
    sent.keyFrames++;
  }
  const count = keyFrame ? packetsPerKeyFrame : packetsPerFrame;
  const timestamp = Math.round((frames++ * TICKS_PER_SECOND) / framesPerSecond) >>> 0;
  for (let index = 0; index < count; index++) {
    const last = index === count - 1;
    const nal = nalHeader(keyFrame, index === 0, index, last);
    const packet = Buffer.alloc(HEADER_BYTES + payloadBytes);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8((last ? 0x80 : 0) | payloadType, 1);
    packet.writeUInt16BE(sequence++ & 0xffff, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(ssrc, 8);
    payload.copy(packet, HEADER_BYTES);
    packet.set(nal, HEADER_BYTES);
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
  report.writeUInt32BE(ssrc, 4);
  const now = Date.now();
  report.writeUInt32BE((Math.floor(now / 1000) + 2_208_988_800) >>> 0, 8);
  report.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32) >>> 0, 12);
  report.writeUInt32BE(Math.round((frames * TICKS_PER_SECOND) / framesPerSecond) >>> 0, 16);
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

// By the clock and not by counting timers, so that the rate holds on a busy machine.
const startedAt = performance.now();
let due = 0;
setInterval(() => {
  const until = Math.floor(((performance.now() - startedAt) * framesPerSecond) / 1000);
  // After a long pause of the machine the missed frames are gone, as a camera's would be.
  if (until - due > framesPerSecond) due = until - 1;
  for (; due < until; due++) sendFrame();
}, 5);
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
