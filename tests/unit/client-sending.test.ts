import { describe, expect, it } from 'vitest';
import { cameraCodec, cameraEncodings, screenEncoding, screenModeOf } from '../../src/client/sending-layers.ts';
import { createSendingMeter } from '../../src/client/sending-quality.ts';

const camera = (height: number | undefined): Pick<MediaStreamTrack, 'getSettings'> => ({
  getSettings: () => (height === undefined ? {} : { height }),
});
const statistics = (...entries: object[]): Pick<RTCStatsReport, 'forEach'> => ({
  forEach: (visit) => entries.forEach((entry, index) => void visit(entry, String(index), new Map())),
});
const outbound = (timestamp: number, bytesSent: number, more: object = {}) => ({ type: 'outbound-rtp', timestamp, bytesSent, ...more });

describe('the layers of a camera', () => {
  it('are three, smallest first, for a camera of 480 lines and more, and when its size is not known', () => {
    for (const height of [480, 720, 1080, undefined]) {
      expect(cameraEncodings(camera(height)).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 1]);
    }
  });
  it('are fewer for a small camera: no layer below 120 lines, and always the picture itself', () => {
    expect(cameraEncodings(camera(360)).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([2, 1]);
    expect(cameraEncodings(camera(90)).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([1]);
  });
  it('together stay below what the media plane lets a publisher send', () => {
    const sum = cameraEncodings(camera(720)).reduce((bits, { maxBitrate = 0 }) => bits + maxBitrate, 0);
    expect(sum).toBeLessThan(3_500_000);
  });
});

describe('the layers of a guest and of a second camera', () => {
  it('are two, and cheaper than the recruiter’s', () => {
    const guest = cameraEncodings(camera(480), { seat: 'guest' });
    expect(guest.map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([
      ['r0', 2],
      ['r1', 1],
    ]);
    const second = cameraEncodings(camera(720), { source: 'second-camera' });
    expect(second).toHaveLength(2);
    const most = (encodings: typeof guest) => Math.max(...encodings.map(({ maxBitrate = 0 }) => maxBitrate));
    expect(most(guest)).toBeLessThan(most(second));
    expect(most(second)).toBeLessThan(most(cameraEncodings(camera(720))));
  });
});

describe('the codec of a source', () => {
  const codec = (mimeType: string) => ({ kind: 'video', mimeType, preferredPayloadType: 96, clockRate: 90_000 }) as const;
  const all = [codec('video/VP8'), codec('video/H264'), codec('video/VP9')];
  it('is H.264 for a camera, VP8 where the browser has no H.264', () => {
    expect(cameraCodec(all)).toMatchObject({ codec: { mimeType: 'video/H264' } });
    expect(cameraCodec([codec('video/VP9'), codec('video/VP8')])).toMatchObject({ codec: { mimeType: 'video/VP8' }, mode: 'L1T3' });
    expect(cameraCodec([])).toEqual({ mode: 'L1T1' });
  });
  it('is VP9 with layers inside one stream for a screen, in the best mode the browser has', async () => {
    const knows = (...modes: string[]) => ({
      encodingInfo: async (asked: MediaEncodingConfiguration) => ({
        supported: modes.includes(asked.video?.scalabilityMode ?? ''),
        smooth: true,
        powerEfficient: false,
      }),
    });
    expect(await screenModeOf(knows('L1T3', 'L2T3_KEY', 'L3T3_KEY'))).toBe('L3T3_KEY');
    expect(await screenModeOf(knows('L1T3'))).toBe('L1T3');
    expect(await screenModeOf(knows())).toBeNull();
    expect(screenEncoding(all, 'L2T3_KEY')).toMatchObject({
      codec: { mimeType: 'video/VP9' },
      encodings: [{ scalabilityMode: 'L2T3_KEY' }],
    });
  });
  it('is the camera’s for a screen when VP9 is missing on either side, or the browser cannot tell', async () => {
    expect(screenEncoding([codec('video/H264')], 'L3T3_KEY').codec?.mimeType).toBe('video/H264');
    expect(screenEncoding(all, null).encodings).toEqual([{ maxBitrate: 1_500_000, maxFramerate: 15 }]);
    expect(await screenModeOf(undefined)).toBeNull();
    expect(await screenModeOf({ encodingInfo: () => Promise.reject(new TypeError('unknown mode')) })).toBeNull();
  });
});

describe('the meter of what is sent', () => {
  it('adds up all streams over the time between two readings', () => {
    const meter = createSendingMeter();
    expect(meter.read(statistics(outbound(1_000, 10_000), outbound(1_000, 500))).bitrate).toBe(0);
    expect(meter.read(statistics(outbound(2_000, 135_000), outbound(2_000, 500))).bitrate).toBe(1_000_000);
  });
  it('names the largest layer that is really sending, and the round trip of the chosen path', () => {
    const quality = createSendingMeter().read(
      statistics(
        outbound(1_000, 1, { kind: 'video', frameWidth: 320, frameHeight: 180, framesPerSecond: 24 }),
        outbound(1_000, 1, { kind: 'video', frameWidth: 640, frameHeight: 360, framesPerSecond: 24, qualityLimitationReason: 'cpu' }),
        outbound(1_000, 0, { kind: 'video', frameWidth: 1280, frameHeight: 720, framesPerSecond: 0 }),
        { type: 'remote-inbound-rtp', timestamp: 1_000, fractionLost: 0.06 },
        { type: 'remote-inbound-rtp', timestamp: 1_000, fractionLost: 0 },
        { type: 'candidate-pair', timestamp: 1_000, nominated: false, currentRoundTripTime: 9 },
        { type: 'candidate-pair', timestamp: 1_000, nominated: true, currentRoundTripTime: 0.042 },
      ),
    );
    expect(quality).toMatchObject({ width: 640, height: 360, limitedBy: 'cpu', roundTripMs: 42, loss: 0.06 });
  });
  it('starts anew after a reset, so that a new transport is not measured against the old one', () => {
    const meter = createSendingMeter();
    meter.read(statistics(outbound(1_000, 900_000)));
    meter.reset();
    expect(meter.read(statistics(outbound(2_000, 10))).bitrate).toBe(0);
  });
});
