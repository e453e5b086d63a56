import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SyntheticRecruiter, startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import type { HeadlessViewer } from '../../media/simulate/swarm.ts';
import { MediaError, type RtpIngestOptions } from '../../media/types.ts';
import { openTestPlane, type TestPlane, watch, workersOf } from '../support/media-plane.ts';
import { quietLog } from '../support/quiet-log.ts';

const microphone = (ssrc: number): RtpIngestOptions => ({
  kind: 'audio',
  source: 'microphone',
  rtpParameters: {
    codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2, parameters: {} }],
    encodings: [{ ssrc }],
  },
});

let test: TestPlane;
let recruiter: SyntheticRecruiter;
let viewer: HeadlessViewer;

beforeEach(async () => {
  test = await openTestPlane({ workers: 1 });
  const { plane } = test;
  recruiter = await startSyntheticRecruiter({ plane, stageId: 's', publisherId: 'recruiter', label: () => '', log: quietLog });
  viewer = await watch(plane, 's', 'viewer', await plane.subscribe('s', 'viewer', plane.routerRtpCapabilities));
  await viewer.receives('video', 5_000);
});
afterEach(async () => {
  viewer.close();
  await recruiter.stop();
  await test.plane.close();
});

/** The picture of whoever has nothing to do with it goes on, on the same worker. */
async function expectPicture(pid: number | undefined): Promise<void> {
  await Promise.all([viewer.receives('video', 10_000), viewer.receives('audio', 1_000)]);
  expect(workersOf(test.plane)[0]).toMatchObject({ pid, alive: true });
}

/** Random bytes, and packets that begin as RTP (RFC 3550), STUN (RFC 8489) and DTLS (RFC 9147) do. */
const garbage = (n: number): Buffer => {
  const packet = randomBytes(1 + ((n * 37) % 1_400));
  const first = [undefined, 0x80, 0x90, 0xbf, 0x00, 0x01, 0x16][n % 7];
  if (first !== undefined) packet.writeUInt8(first, 0);
  if (first === 0x80 && packet.length > 12) {
    packet.writeUInt8(100, 1);
    packet.writeUInt32BE(77, 8);
  }
  return packet;
};

describe('garbage', () => {
  it('on the port of an ingest and on the port of browsers disturbs nobody', async () => {
    const { plane } = test;
    const pid = workersOf(plane)[0]?.pid;
    const ingest = await plane.ingestRtp('s', 'guest', { ...microphone(77), seat: 'guest', guests: 1 });
    const { transport } = await plane.subscribe('s', 'other', plane.routerRtpCapabilities);
    const browser = transport.iceCandidates.find(({ protocol }) => protocol === 'udp');
    if (!browser) throw new Error('a UDP candidate expected');
    const socket = createSocket('udp4');
    const send = (packet: Buffer, port: number, address: string) =>
      new Promise<void>((resolve, reject) => socket.send(packet, port, address, (error) => (error ? reject(error) : resolve())));
    for (let n = 0; n < 3_000; n++) {
      await send(garbage(n), ingest.port, ingest.address);
      await send(garbage(n), ingest.rtcpPort, ingest.address);
      await send(garbage(n), browser.port, browser.address);
    }
    socket.close();
    await expectPicture(pid);
  });

  it('as parameters is refused, and leaves nothing', async () => {
    const { plane } = test;
    const before = workersOf(plane)[0];
    const transport = await plane.publish('s', 'guest', { owner: 'guest', seat: 'guest', guests: 1 });
    const wrong: unknown[] = [
      { codecs: 'opus' },
      { codecs: [{ mimeType: 'audio/opus', payloadType: 'x', clockRate: 48_000, channels: 2 }], encodings: [{ ssrc: 1 }] },
      { codecs: [{ mimeType: 'audio/none', payloadType: 100, clockRate: 48_000 }], encodings: [{ ssrc: 1 }] },
      { codecs: [{ mimeType: 'audio/opus', payloadType: 100, clockRate: 48_000, channels: 2 }], encodings: [{}, {}] },
    ];
    for (const rtpParameters of wrong) {
      const produce = plane.produce('s', 'guest', {
        transportId: transport.id,
        kind: 'audio',
        source: 'microphone',
        rtpParameters: rtpParameters as RtpIngestOptions['rtpParameters'],
      });
      await expect(produce).rejects.toBeInstanceOf(MediaError);
      await expect(produce).rejects.toMatchObject({ fault: 'unsupported' });
    }
    const nobody = { role: 'client' as const, fingerprints: [] };
    await expect(plane.connectPublisher('s', 'guest', transport.id, nobody)).rejects.toBeInstanceOf(MediaError);
    await plane.unpublish('s', 'guest');
    await vi.waitFor(() => expect(workersOf(plane)[0]).toMatchObject({ transports: before?.transports, consumers: before?.consumers }));
    await expectPicture(before?.pid);
  });
});

describe('file descriptors that are used up', () => {
  it('make new streams unavailable, not those that play', async () => {
    const { plane } = test;
    const before = workersOf(plane)[0];
    if (!before) throw new Error('a worker expected');
    await promisify(execFile)('prlimit', ['--pid', String(before.pid), '--nofile=60:60']);
    const opened: string[] = [];
    const faults: unknown[] = [];
    for (let stage = 0; faults.length < 3 && stage < 60; stage++) {
      await plane.ingestRtp(`more-${stage}`, 'sender', microphone(stage + 1)).then(
        () => opened.push(`more-${stage}`),
        (error: unknown) => faults.push(error),
      );
    }
    expect(faults).toEqual(Array(3).fill(expect.objectContaining({ fault: 'unavailable' })));
    await expectPicture(before.pid);
    for (const stage of opened) await plane.closeStage(stage);
    await vi.waitFor(() => expect(workersOf(plane)[0]).toMatchObject({ routers: before.routers, transports: before.transports }));
    await plane.ingestRtp('again', 'sender', microphone(1));
  });
});
