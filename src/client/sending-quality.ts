/** What a recruiter's browser sends just now. */
export interface SendingQuality {
  /** Bits a second of picture and sound together, over the time since the last reading. */
  bitrate: number;
  /** Of the largest layer being sent; 0 when no picture is. */
  width: number;
  height: number;
  framesPerSecond: number;
  /** Round trip to the server, milliseconds; null until it was measured. */
  roundTripMs: number | null;
  /** Share of packets lost on the way to the server, the worst stream's, 0 … 1; null until it was reported (RFC 3550, section 6.4.1). */
  loss: number | null;
  /** Why the browser sends less than it may (W3C webrtc-stats, qualityLimitationReason). */
  limitedBy: 'none' | 'cpu' | 'bandwidth' | 'other';
}

interface OutboundRtp extends RTCStats {
  kind?: string;
  bytesSent?: number;
  frameWidth?: number;
  frameHeight?: number;
  framesPerSecond?: number;
  qualityLimitationReason?: SendingQuality['limitedBy'];
}

/** Turns successive statistics of one transport into rates. */
export function createSendingMeter() {
  let last: { at: number; bytes: number } | null = null;
  return {
    /** The first reading after a reset has no rate yet: 0. */
    read(report: Pick<RTCStatsReport, 'forEach'>): SendingQuality {
      const quality: SendingQuality = {
        bitrate: 0,
        width: 0,
        height: 0,
        framesPerSecond: 0,
        roundTripMs: null,
        loss: null,
        limitedBy: 'none',
      };
      let bytes = 0;
      let at = 0;
      report.forEach((entry: RTCStats) => {
        if (entry.type === 'outbound-rtp') {
          const sent = entry as OutboundRtp;
          bytes += sent.bytesSent ?? 0;
          at = Math.max(at, sent.timestamp);
          if (sent.kind !== 'video' || !sent.framesPerSecond || (sent.frameHeight ?? 0) < quality.height) return;
          quality.width = sent.frameWidth ?? 0;
          quality.height = sent.frameHeight ?? 0;
          quality.framesPerSecond = Math.round(sent.framesPerSecond);
          quality.limitedBy = sent.qualityLimitationReason ?? 'none';
        } else if (entry.type === 'remote-inbound-rtp') {
          const { fractionLost } = entry as RTCStats & { fractionLost?: number };
          if (fractionLost !== undefined) quality.loss = Math.max(quality.loss ?? 0, fractionLost);
        } else if (entry.type === 'candidate-pair') {
          const pair = entry as RTCStats & { nominated?: boolean; currentRoundTripTime?: number };
          if (pair.nominated && pair.currentRoundTripTime !== undefined) quality.roundTripMs = Math.round(pair.currentRoundTripTime * 1000);
        }
      });
      if (last && at > last.at) quality.bitrate = Math.max(0, Math.round(((bytes - last.bytes) * 8000) / (at - last.at)));
      last = { at, bytes };
      return quality;
    },
    reset() {
      last = null;
    },
  };
}
