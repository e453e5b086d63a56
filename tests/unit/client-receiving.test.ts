import { describe, expect, it } from 'vitest';
import { createReceivingMeter } from '../../src/client/index.ts';
import { layersOf } from '../../src/client/media-receiver.ts';

const inbound = (values: object) => ({ id: 'x', type: 'inbound-rtp', ...values });
const report = (...entries: object[]): Pick<RTCStatsReport, 'forEach'> => ({
  forEach: (visit) => entries.forEach((entry, index) => void visit(entry, String(index), new Map())),
});

describe('what a browser says of what it receives', () => {
  const video = { kind: 'video', trackIdentifier: 'v', frameWidth: 640, frameHeight: 360, framesPerSecond: 24.4 };

  it('becomes rates between two readings, pictures apart from sounds', () => {
    const meter = createReceivingMeter();
    const first = meter.read(
      report(
        inbound({ ...video, timestamp: 1_000, bytesReceived: 10_000, packetsReceived: 90, packetsLost: 10 }),
        inbound({ kind: 'audio', timestamp: 1_000, bytesReceived: 1_000, packetsReceived: 50, packetsLost: 0 }),
      ),
    );
    expect(first).toMatchObject({ bitrate: 0, videoBitrate: 0, loss: 0 });
    const second = meter.read(
      report(
        inbound({ ...video, timestamp: 3_000, bytesReceived: 110_000, packetsReceived: 180, packetsLost: 20 }),
        inbound({ kind: 'audio', timestamp: 3_000, bytesReceived: 11_000, packetsReceived: 150, packetsLost: 0 }),
        { id: 'p', type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.042 },
      ),
    );
    expect(second.videoBitrate).toBe(400_000);
    expect(second.bitrate).toBe(440_000);
    expect(second.loss).toBeCloseTo(10 / 200);
    expect(second.roundTripMs).toBe(42);
    expect(second.pictures.get('v')).toEqual({ width: 640, height: 360, framesPerSecond: 24 });
  });

  it('has no rate when a transport was replaced, whose counts begin anew', () => {
    const meter = createReceivingMeter();
    meter.read(report(inbound({ ...video, timestamp: 1_000, bytesReceived: 500_000 })));
    expect(meter.read(report(inbound({ ...video, timestamp: 3_000, bytesReceived: 20_000 })))).toMatchObject({ bitrate: 0, loss: 0 });
    expect(meter.read(report(inbound({ ...video, timestamp: 4_000, bytesReceived: 30_000 }))).bitrate).toBe(80_000);
  });
});

describe('the layers of a scalability mode', () => {
  it.each([
    ['L3T3_KEY', 3, 3],
    ['S2T1', 2, 1],
    ['L1T3', 1, 3],
    [undefined, 1, 1],
    ['nonsense', 1, 1],
  ])('%s', (mode, spatial, temporal) => {
    expect(layersOf(mode)).toEqual({ spatial, temporal });
  });
});
