/** What of one picture arrives just now. */
export interface PictureQuality {
  width: number;
  height: number;
  framesPerSecond: number;
}

/** How a stage is received just now. */
export interface ReceivingQuality {
  /** Bits a second of all pictures and sounds, over the time since the last reading. */
  bitrate: number;
  /** The same of the pictures alone. */
  videoBitrate: number;
  /** Share of packets lost since the last reading, 0 … 1. */
  loss: number;
  /** Round trip to the server, milliseconds; null until it was measured. */
  roundTripMs: number | null;
  /** By the id of the track. */
  pictures: ReadonlyMap<string, PictureQuality>;
}

interface InboundRtp extends RTCStats {
  kind?: string;
  trackIdentifier?: string;
  bytesReceived?: number;
  packetsReceived?: number;
  packetsLost?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
}

interface Totals {
  at: number;
  bytes: number;
  videoBytes: number;
  packets: number;
  lost: number;
}

/** Turns successive statistics of one transport into rates (W3C webrtc-stats, inbound-rtp). */
export function createReceivingMeter() {
  let last: Totals | null = null;
  return {
    /** The first reading, and the first after a transport was replaced, has no rates yet: 0. */
    read(report: Pick<RTCStatsReport, 'forEach'>): ReceivingQuality {
      const now: Totals = { at: 0, bytes: 0, videoBytes: 0, packets: 0, lost: 0 };
      const pictures = new Map<string, PictureQuality>();
      let roundTripMs: number | null = null;
      report.forEach((entry: RTCStats) => {
        if (entry.type === 'inbound-rtp') {
          const { kind, trackIdentifier, timestamp, ...received } = entry as InboundRtp;
          const bytes = received.bytesReceived ?? 0;
          now.at = Math.max(now.at, timestamp);
          now.bytes += bytes;
          now.packets += received.packetsReceived ?? 0;
          now.lost += received.packetsLost ?? 0;
          if (kind !== 'video') return;
          now.videoBytes += bytes;
          pictures.set(trackIdentifier ?? entry.id, {
            width: received.frameWidth ?? 0,
            height: received.frameHeight ?? 0,
            framesPerSecond: Math.round(received.framesPerSecond ?? 0),
          });
        } else if (entry.type === 'candidate-pair') {
          const pair = entry as RTCStats & { nominated?: boolean; currentRoundTripTime?: number };
          if (pair.nominated && pair.currentRoundTripTime !== undefined) roundTripMs = Math.round(pair.currentRoundTripTime * 1000);
        }
      });
      const before = last;
      last = now;
      if (!before || now.at <= before.at || now.bytes < before.bytes) {
        return { bitrate: 0, videoBitrate: 0, loss: 0, roundTripMs, pictures };
      }
      const rate = (bytes: number) => Math.max(0, Math.round((bytes * 8000) / (now.at - before.at)));
      const lost = Math.max(0, now.lost - before.lost);
      const expected = lost + Math.max(0, now.packets - before.packets);
      return {
        bitrate: rate(now.bytes - before.bytes),
        videoBitrate: rate(now.videoBytes - before.videoBytes),
        loss: expected > 0 ? lost / expected : 0,
        roundTripMs,
        pictures,
      };
    },
  };
}
