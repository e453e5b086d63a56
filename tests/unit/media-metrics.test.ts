import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { StageHealth } from '../../src/contract/index.ts';
import { createMediaMetrics } from '../../src/telemetry/media.ts';

const producer: StageHealth['producers'][number] = {
  id: 'p1',
  publisherId: 'c1',
  seat: 'lead',
  kind: 'video',
  source: 'camera',
  codec: 'video/H264',
  paused: false,
  score: 9,
  bitrate: 1_400_000,
  loss: 0.02,
  jitterMs: 5,
  roundTripMs: 40,
  layers: [
    { rid: 'r0', bitrate: 200_000, score: 9 },
    { rid: 'r1', bitrate: 1_200_000, score: 9 },
  ],
};
const health = (producers: StageHealth['producers']): StageHealth => ({
  condition: 'fair',
  reasons: ['publisher-loss'],
  publishers: 1,
  subscribers: 12,
  producers,
  edges: [{ hostId: 'h1', workerPid: 42, origin: true, subscribers: 12, consumers: 24, bitrate: 9_000_000 }],
  reception: { good: 7, fair: 4, poor: 1, lowered: 3, audioOnly: 2 },
});
const worker = {
  pid: 42,
  alive: true,
  retired: false,
  routers: 1,
  transports: 13,
  consumers: 24,
  participants: 13,
  cpu: 0.25,
  lagMs: 3,
  bitrate: 9_000_000,
};

describe('the metrics of a process’s media', () => {
  function open() {
    const state = { stages: new Map<string, StageHealth>(), workers: [worker], reads: 0 };
    const registry = new Registry();
    const metrics = createMediaMetrics({
      registry,
      host: () => ({ id: 'h1', workers: state.workers }),
      stages: async () => {
        state.reads++;
        return state.stages;
      },
    });
    return { state, metrics, lines: async () => (await registry.metrics()).split('\n') };
  }

  it('name workers, stages and their publishers in base units, from one reading', async () => {
    const { state, lines } = open();
    state.stages.set('s1', health([producer]));
    const found = await lines();
    for (const line of [
      'gangbo_media_worker_cpu_ratio{host="h1",worker="42"} 0.25',
      'gangbo_media_worker_lag_seconds{host="h1",worker="42"} 0.003',
      'gangbo_media_worker_participants{host="h1",worker="42"} 13',
      'gangbo_media_worker_retired{host="h1",worker="42"} 0',
      'gangbo_stage_condition{session="s1"} 2',
      'gangbo_stage_subscribers{session="s1"} 12',
      'gangbo_stage_reception{session="s1",reception="poor"} 1',
      'gangbo_stage_reception{session="s1",reception="audioOnly"} 2',
      'gangbo_stage_publisher_bits_per_second{session="s1",seat="lead",source="camera"} 1400000',
      'gangbo_stage_layer_bits_per_second{session="s1",source="camera",layer="r1"} 1200000',
      'gangbo_stage_edge_subscribers{session="s1",host="h1",worker="42"} 12',
      'gangbo_stage_publisher_loss_ratio{session="s1",seat="lead",source="camera"} 0.02',
      'gangbo_stage_publisher_round_trip_seconds{session="s1",seat="lead",source="camera"} 0.04',
      'gangbo_stage_publisher_score{session="s1",seat="lead",source="camera"} 9',
    ])
      expect(found).toContain(line);
    expect(state.reads).toBe(1);
  });

  it('do not show what is not known', async () => {
    const { state, lines } = open();
    state.stages.set('s1', health([{ ...producer, roundTripMs: null }]));
    expect((await lines()).some((line) => line.startsWith('gangbo_stage_publisher_round_trip_seconds{'))).toBe(false);
  });

  it('give guests with the same source one series, with the worst of them', async () => {
    const { state, lines } = open();
    const guest = { ...producer, seat: 'guest' as const };
    state.stages.set('s1', health([guest, { ...guest, score: 3, loss: 0.3 }]));
    const found = await lines();
    expect(found).toContain('gangbo_stage_publisher_bits_per_second{session="s1",seat="guest",source="camera"} 2800000');
    expect(found).toContain('gangbo_stage_publisher_loss_ratio{session="s1",seat="guest",source="camera"} 0.3');
    expect(found).toContain('gangbo_stage_publisher_score{session="s1",seat="guest",source="camera"} 3');
  });

  it('forget what has gone', async () => {
    const { state, lines } = open();
    state.workers = [{ ...worker, pid: 43 }];
    const found = (await lines()).filter((line) => line.startsWith('gangbo_media_worker_alive'));
    expect(found).toEqual(['gangbo_media_worker_alive{host="h1",worker="43"} 1']);
  });

  it('count retired workers and changes of condition', async () => {
    const { metrics, lines } = open();
    metrics.workerRetired();
    metrics.conditionChanged('poor');
    metrics.conditionChanged('poor');
    const found = await lines();
    expect(found).toContain('gangbo_media_workers_retired_total 1');
    expect(found).toContain('gangbo_stage_condition_changes_total{condition="poor"} 2');
  });
});
