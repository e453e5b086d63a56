import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MediaEvents, MediaLog, MediaPlane, RtpIngestOptions } from '../types.ts';
import { audioPayload, chineseFont, type Encoder, startEncoder, videoPayload, writeCaptions, writeLabel } from './encoder.ts';

export interface SyntheticRecruiterOptions {
  plane: MediaPlane;
  stageId: string;
  publisherId: string;
  /** As in publish(): a person of the same owner takes the stage over from it. */
  owner?: string;
  /** What is drawn under the picture; asked once a second. */
  label(): string;
  log: MediaLog;
}

export interface SyntheticRecruiter {
  /** Ends the encoder, leaves the stage and removes its files. */
  stop(): Promise<void>;
}

const labelMs = 1_000;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** An encoder that ran this long was well. */
const provenMs = 10_000;

const streams: { video: RtpIngestOptions; audio: RtpIngestOptions } = {
  video: {
    kind: 'video',
    source: 'camera',
    rtpParameters: {
      codecs: [
        {
          mimeType: 'video/H264',
          payloadType: videoPayload.payloadType,
          clockRate: 90_000,
          parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f', 'level-asymmetry-allowed': 1 },
        },
      ],
      encodings: [{ ssrc: videoPayload.ssrc }],
    },
  },
  audio: {
    kind: 'audio',
    source: 'microphone',
    rtpParameters: {
      codecs: [{ mimeType: 'audio/opus', payloadType: audioPayload.payloadType, clockRate: 48_000, channels: 2, parameters: {} }],
      encodings: [{ ssrc: audioPayload.ssrc }],
    },
  },
};

/**
 * A recruiter without a person: a moving picture with a clock and a label, and a
 * tone, through the plane's RTP ingest. It starts again by itself when the encoder
 * ends or the stage's worker dies, until it is stopped or another connection of
 * its owner has taken over.
 * @throws MediaError when the plane refuses the first attempt
 */
export async function startSyntheticRecruiter(options: SyntheticRecruiterOptions): Promise<SyntheticRecruiter> {
  const { plane, stageId, publisherId, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'gangbo-recruiter-'));
  const font = await chineseFont();
  const stopping = new AbortController();
  const owner = options.owner ?? publisherId;
  let encoder: Encoder | undefined;
  let lost = false;

  const start = async (): Promise<Encoder> => {
    lost = false;
    const video = await plane.ingestRtp(stageId, publisherId, { ...streams.video, owner });
    const audio = await plane.ingestRtp(stageId, publisherId, { ...streams.audio, owner });
    if (lost) throw new Error('the media worker died meanwhile');
    return startEncoder({ folder, font, video, audio });
  };

  const onLost = (event: MediaEvents['publisherLost'][0]): void => {
    if (event.stageId !== stageId || event.publisherId !== publisherId) return;
    if (event.reason === 'replaced') stopping.abort();
    lost = true;
    // Its ports are gone; run() begins again.
    void encoder?.stop();
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        encoder ??= await start();
        if (stopping.signal.aborted) await encoder.stop();
        const reason = await encoder.ended;
        if (!stopping.signal.aborted) log.warn({ stageId, reason }, 'the synthetic recruiter starts again');
      } catch (error) {
        log.warn({ stageId, reason: String(error) }, 'the synthetic recruiter could not start');
      }
      encoder = undefined;
      failures = performance.now() - startedAt > provenMs ? 1 : failures + 1;
      const wait = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const relabel = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pause(labelMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      await writeLabel(folder, options.label()).catch((error: unknown) => log.warn({ reason: String(error) }, 'the label was not written'));
    }
  };

  const leave = async (): Promise<void> => {
    plane.off('publisherLost', onLost);
    await plane.unpublish(stageId, publisherId).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };

  plane.on('publisherLost', onLost);
  try {
    await writeCaptions(folder);
    await writeLabel(folder, options.label());
    encoder = await start();
  } catch (error) {
    await leave();
    throw error;
  }
  const running = [run(), relabel()];
  return {
    async stop() {
      stopping.abort();
      await encoder?.stop();
      await Promise.all(running);
      await leave();
    },
  };
}
