import { Worker } from 'node:worker_threads';
import type { RtpIngestOptions } from '../../../../media/types.ts';
import { type Rtp, type Sent, type SourceOrder, type SourceProfile, sentSchema } from './messages.ts';

export const videoPayloadType = 101;
const ssrc = 4_242;

/** 1.44 Mb/s in 150 packets a second, as a recruiter's 720p picture. */
export const pictureProfile: SourceProfile = {
  payloadType: videoPayloadType,
  ssrc,
  framesPerSecond: 30,
  packetsPerFrame: 5,
  packetsPerKeyFrame: 20,
  payloadBytes: 1_180,
  keyFrameEveryMs: 4_000,
};

/** 0.48 Mb/s in 50 packets a second, so that hundreds of viewers and their swarm fit on a small machine. */
export const smallProfile: SourceProfile = { ...pictureProfile, framesPerSecond: 25, packetsPerFrame: 2, packetsPerKeyFrame: 10 };

/** How the stream is described to a plane: its sender takes requests for key frames. */
export const videoIngest: RtpIngestOptions = {
  kind: 'video',
  source: 'camera',
  rtpParameters: {
    codecs: [
      {
        mimeType: 'video/H264',
        payloadType: videoPayloadType,
        clockRate: 90_000,
        parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
        rtcpFeedback: [{ type: 'nack', parameter: 'pli' }],
      },
    ],
    encodings: [{ ssrc }],
  },
};

/** One sender of plain RTP in a thread of its own, so that nothing else delays its frames. */
export interface Source {
  /** From now on to this receiver; null for nobody. */
  sendTo(target: Rtp | null): void;
  count(): Promise<Sent>;
  close(): Promise<void>;
}

export function startSource(profile: SourceProfile): Source {
  const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: profile });
  const waiting = new Map<number, (sent: Sent) => void>();
  let calls = 0;
  thread.on('message', (message) => {
    const sent = sentSchema.parse(message);
    waiting.get(sent.call)?.(sent);
    waiting.delete(sent.call);
  });
  const tell = (order: SourceOrder): void => thread.postMessage(order);
  return {
    sendTo: (target) => tell({ type: 'send', target }),
    count: () =>
      new Promise((resolve) => {
        const call = ++calls;
        waiting.set(call, resolve);
        tell({ type: 'count', call });
      }),
    async close() {
      await thread.terminate();
    },
  };
}
