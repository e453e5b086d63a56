import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SyntheticRecruiter, startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import type { HeadlessViewer } from '../../media/simulate/swarm.ts';
import type { MediaHost } from '../../media/types.ts';
import { watchMedia } from '../../src/assembly/media-watch.ts';
import type { Log } from '../../src/domain/ports.ts';
import { createStageHealth } from '../../src/domain/stage/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { openInterface, type TestInterface } from '../support/interface.ts';
import { nextEvent, openTestPlane, watch, workersOf } from '../support/media-plane.ts';
import { codeOf, meetPeople, type People, type Person } from '../support/people.ts';
import { quietLog } from '../support/quiet-log.ts';
import { until } from '../support/until.ts';

const stranger = 'viewer-1';

describe('the health of stages, with a recruiter and a viewer on real workers', () => {
  const metrics = createMetrics();
  const lines: { fields: object; message: string }[] = [];
  let plane: MediaHost;
  let server: TestInterface;
  let people: People;
  let sessionId: string;
  let recruiter: Person;
  let sender: SyntheticRecruiter;
  let viewer: HeadlessViewer;

  beforeAll(async () => {
    ({ plane } = await openTestPlane({ workers: 2 }));
    const error: Log['error'] = (fields, message) => void lines.push({ fields, message });
    watchMedia({ local: plane, stageHealth: createStageHealth({ plane, clock: Date.now }), metrics, log: { ...quietLog, error } });
    server = await openInterface({ plane });
    people = await meetPeople(server);
    const { fair, company, session } = await people.fair();
    sessionId = session.id;
    recruiter = await people.staff('recruiter', { fairId: fair.id, companyIds: [company.id] });
    sender = await startSyntheticRecruiter({ plane, stageId: sessionId, publisherId: 'recruiter-1', label: () => '', log: quietLog });
    await until(() => plane.producers(sessionId).length === 2);
    const subscription = await plane.subscribe(sessionId, stranger, plane.routerRtpCapabilities);
    viewer = await watch(plane, sessionId, stranger, subscription);
    await viewer.receives('video', 50_000);
  });
  afterAll(async () => {
    viewer?.close();
    await sender?.stop();
    await server?.close();
    await plane?.close();
  });

  const read = (person: Person, id = sessionId) => person.api.call('readStageHealth', { params: { sessionId: id } });
  const figures = async () => (await metrics.registry.metrics()).split('\n').filter((line) => !line.startsWith('#'));

  it('tell the staff of the session what is sent, in which quality, and who receives it from where', async () => {
    await until(async () => (await read(recruiter)).producers.some(({ kind, bitrate }) => kind === 'video' && bitrate > 50_000), 20_000);
    const health = await read(recruiter);
    expect(health).toMatchObject({ publishers: 1, subscribers: 1 });
    expect(health.condition).not.toBe('none');
    expect(health.producers.map(({ kind, source, seat, codec }) => ({ kind, source, seat, codec }))).toEqual(
      expect.arrayContaining([
        { kind: 'video', source: 'camera', seat: 'lead', codec: 'video/H264' },
        { kind: 'audio', source: 'microphone', seat: 'lead', codec: 'audio/opus' },
      ]),
    );
    expect(health.edges.reduce((sum, { subscribers }) => sum + subscribers, 0)).toBe(1);
    const { good, fair, poor } = health.reception;
    expect(good + fair + poor).toBe(1);
    expect(await read(people.organizer)).toMatchObject({ publishers: 1 });
  });

  it('say that nobody sends on a stage without anybody', async () => {
    const { session } = await people.fair();
    expect(await read(people.organizer, session.id)).toMatchObject({ condition: 'none', publishers: 0, subscribers: 0, producers: [] });
  });

  it('are for the staff of that session alone', async () => {
    const other = await people.fair();
    const elsewhere = await people.staff('recruiter', { fairId: other.fair.id, companyIds: [other.company.id] });
    expect(await codeOf(read(elsewhere))).toBe('FORBIDDEN');
    expect(await codeOf(read(await people.guest(sessionId)))).toBe('FORBIDDEN');
    expect(await codeOf(read(people.organizer, randomUUID()))).toBe('NOT_FOUND');
  });

  it('show the machines to whoever organizes the whole installation, and to nobody else', async () => {
    const { items } = await people.organizer.api.call('listMediaHosts', {});
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      here: true,
      workers: [
        { alive: true, retired: false },
        { alive: true, retired: false },
      ],
    });
    expect(items[0]?.workers.reduce((sum, { participants }) => sum + participants, 0)).toBe(2);
    const { fair } = await people.fair();
    for (const person of [recruiter, await people.staff('organizer', { fairId: fair.id })])
      expect(await codeOf(person.api.call('listMediaHosts', {}))).toBe('FORBIDDEN');
  });

  it('are in the metrics of the process that has the recruiter', async () => {
    const found = await figures();
    expect(found).toContain('gangbo_stages 1');
    expect(found).toContain(`gangbo_stage_subscribers{session="${sessionId}"} 1`);
    const bitrate = found.find((line) =>
      line.startsWith(`gangbo_stage_publisher_bits_per_second{session="${sessionId}",seat="lead",source="camera"}`),
    );
    expect(Number(bitrate?.split(' ').at(-1))).toBeGreaterThan(50_000);
    expect(found.filter((line) => line.startsWith('gangbo_media_worker_alive{') && line.endsWith(' 1'))).toHaveLength(2);
  });

  it('count a worker that dies, and leave one line that says what happens next', async () => {
    const [worker] = workersOf(plane);
    const died = nextEvent(plane, 'workerDied');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    await died;
    expect(await figures()).toContain('gangbo_media_worker_deaths_total 1');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ fields: { worker: worker?.pid }, message: expect.stringContaining('another takes its place') });
  });

  it('forget a stage in the metrics when its recruiter leaves', async () => {
    await sender.stop();
    await until(async () => (await figures()).includes('gangbo_stages 0'));
    expect((await figures()).some((line) => line.includes(sessionId))).toBe(false);
  });
});
