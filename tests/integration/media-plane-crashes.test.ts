import { afterEach, describe, expect, it, vi } from 'vitest';
import type { MediaHost } from '../../media/types.ts';
import { nextEvent, openTestPlane, workersOf } from '../support/media-plane.ts';
import { quietLog } from '../support/quiet-log.ts';

let plane: MediaHost;
afterEach(() => plane.close());

async function kill(pid: number): Promise<void> {
  const died = nextEvent(plane, 'workerDied');
  process.kill(pid, 'SIGKILL');
  expect((await died).pid).toBe(pid);
}
const living = () => workersOf(plane).filter(({ alive }) => alive);

describe('a worker that keeps crashing', () => {
  it('is given up and reported, while the others go on', async () => {
    ({ plane } = await openTestPlane({ mostDeaths: 3 }));
    const [, steady] = living();
    const retired = nextEvent(plane, 'workerRetired');
    for (let death = 0; death < 3; death++) {
      await vi.waitFor(() => expect(living()).toHaveLength(2), { timeout: 5_000 });
      await kill(living().find(({ pid }) => pid !== steady?.pid)?.pid ?? 0);
    }
    expect(await retired).toMatchObject({ deaths: 3 });
    expect(workersOf(plane).map(({ alive, retired: givenUp }) => [alive, givenUp])).toEqual([
      [false, true],
      [true, false],
    ]);
    expect((await plane.subscribe('s', 'viewer', plane.routerRtpCapabilities)).consumers).toEqual([]);
  });

  it('is tried again for ever when there is no other', async () => {
    const error = vi.fn();
    ({ plane } = await openTestPlane({ workers: 1, mostDeaths: 2, log: { ...quietLog, error } }));
    const retired = vi.fn();
    plane.on('workerRetired', retired);
    for (let death = 0; death < 2; death++) {
      await vi.waitFor(() => expect(living()).toHaveLength(1), { timeout: 5_000 });
      await kill(living()[0]?.pid ?? 0);
    }
    expect(retired).not.toHaveBeenCalled();
    expect(error).toHaveBeenCalledWith(expect.objectContaining({ deaths: 2 }), expect.stringContaining('every 10 s'));
    await vi.waitFor(() => expect(living()).toHaveLength(1), { timeout: 15_000, interval: 100 });
  }, 30_000);

  it('that hangs instead is killed, so that everybody on it is moved', async () => {
    ({ plane } = await openTestPlane({ workers: 1 }));
    await plane.subscribe('s', 'viewer', plane.routerRtpCapabilities);
    const lost = nextEvent(plane, 'subscriberLost');
    const stuck = living()[0]?.pid ?? 0;
    process.kill(stuck, 'SIGSTOP');
    expect(await lost).toEqual({ stageId: 's', subscriberId: 'viewer' });
    await vi.waitFor(() => expect(living().map(({ pid }) => pid)).not.toContain(stuck));
  }, 30_000);
});

describe('pipe ports that are used up', () => {
  it('answer unavailable and leave nothing half open', async () => {
    ({ plane } = await openTestPlane({ workers: 1, pipe: { address: '127.0.0.1', ports: [42_990, 42_992] } }));
    const { producerId } = await plane.ingestRtp('s', 'recruiter', {
      kind: 'audio',
      source: 'microphone',
      rtpParameters: {
        codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
        encodings: [{ ssrc: 1 }],
      },
    });
    const key = { cryptoSuite: 'AEAD_AES_256_GCM' as const, keyBase64: Buffer.alloc(44, 1).toString('base64') };
    const open = () => plane.openPipe('s', producerId, { address: '127.0.0.1', port: 9, srtpParameters: key });
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, open));
    const opened = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.pipeId] : []));
    expect(opened).toHaveLength(3);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toEqual(Array(3).fill(expect.objectContaining({ fault: 'unavailable' })));
    // The ingest and three pipes.
    expect(workersOf(plane)[0]).toMatchObject({ transports: 4, consumers: 3 });
    for (const pipeId of opened) await plane.closePipe('s', pipeId);
    await plane.closePipe('s', 'unknown');
    expect(workersOf(plane)[0]).toMatchObject({ transports: 1, consumers: 0 });
    await plane.closePipe('s', (await open()).pipeId);
  });
});
