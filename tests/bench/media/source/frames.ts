import type { SourceProfile } from './messages.ts';

const TICKS_PER_SECOND = 90_000;
const HEADER_BYTES = 12;

/** The packets of one frame after another, of H.264's shape (RFC 3550 section 5.1, RFC 6184). */
export interface RtpFrames {
  next(keyFrame: boolean): Buffer[];
  /** The RTP timestamp that comes next. */
  timestamp(): number;
}

/** A sequence parameter set, by which a key frame is known, then fragments (FU-A) of an IDR slice or of another one. */
function nalHeader(keyFrame: boolean, index: number, last: boolean): number[] {
  if (keyFrame && index === 0) return [0x67];
  const start = index === (keyFrame ? 1 : 0) ? 0x80 : 0;
  return [0x7c, start | (last ? 0x40 : 0) | (keyFrame ? 5 : 1)];
}

export function createFrames(profile: SourceProfile): RtpFrames {
  const { payloadType, ssrc, framesPerSecond, packetsPerFrame, packetsPerKeyFrame, payloadBytes } = profile;
  let sequence = 0;
  let frames = 0;
  const timestamp = (): number => Math.round((frames * TICKS_PER_SECOND) / framesPerSecond) >>> 0;
  return {
    timestamp,
    next(keyFrame) {
      const count = keyFrame ? packetsPerKeyFrame : packetsPerFrame;
      const packets = Array.from({ length: count }, (_, index) => {
        const last = index === count - 1;
        const packet = Buffer.alloc(HEADER_BYTES + payloadBytes, 0x5a);
        packet.writeUInt8(0x80, 0);
        packet.writeUInt8((last ? 0x80 : 0) | payloadType, 1);
        packet.writeUInt16BE(sequence++ & 0xffff, 2);
        packet.writeUInt32BE(timestamp(), 4);
        packet.writeUInt32BE(ssrc, 8);
        packet.set(nalHeader(keyFrame, index, last), HEADER_BYTES);
        return packet;
      });
      frames++;
      return packets;
    },
  };
}

/** Calls back for every frame that is due, by the clock and not by counting timers, so that the rate holds on a busy machine; answers what stops it. */
export function everyFrame(framesPerSecond: number, frame: () => void): () => void {
  const startedAt = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) * framesPerSecond) / 1000);
    // After a long pause of the machine the missed frames are gone, as a camera's would be.
    if (due - sent > framesPerSecond) sent = due - 1;
    for (; sent < due; sent++) frame();
  }, 5);
  return () => clearInterval(timer);
}
