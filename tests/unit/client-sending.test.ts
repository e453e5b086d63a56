import { describe, expect, it } from 'vitest';
import { cameraEncodings } from '../../src/client/sending-layers.ts';
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
        { type: 'candidate-pair', timestamp: 1_000, nominated: false, currentRoundTripTime: 9 },
        { type: 'candidate-pair', timestamp: 1_000, nominated: true, currentRoundTripTime: 0.042 },
      ),
    );
    expect(quality).toMatchObject({ width: 640, height: 360, limitedBy: 'cpu', roundTripMs: 42 });
  });
  it('starts anew after a reset, so that a new transport is not measured against the old one', () => {
    const meter = createSendingMeter();
    meter.read(statistics(outbound(1_000, 900_000)));
    meter.reset();
    expect(meter.read(statistics(outbound(2_000, 10))).bitrate).toBe(0);
  });
});
