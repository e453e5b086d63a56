import type { ConditionReason, MediaHost } from '../../media/types.ts';
import type { StageHealth } from '../contract/index.ts';
import type { Log } from '../domain/ports.ts';
import type { StageHealthService } from '../domain/stage/health.ts';
import { createMediaMetrics } from '../telemetry/media.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface MediaWatchOptions {
  /** This process's own plane, whose publishers and workers are watched; each process watches its own. */
  local: MediaHost;
  /** How a stage is on all hosts. */
  stageHealth: Pick<StageHealthService, 'read'>;
  metrics: Metrics;
  log: Log;
}

/** Most stages with series of their own; a host with more shows the first. */
const STAGES_SHOWN = 200;
/** How long `/metrics` waits for a stage, milliseconds. */
const PATIENCE_MS = 1_500;

/** What the operator, or the recruiter through the operator, can do about it. */
const advice: Record<ConditionReason, string> = {
  'publisher-loss': 'packets are lost on the way from the publisher: a cable, another network or the TURN server’s TCP port helps it',
  'publisher-bitrate': 'the publisher sends less than its picture needs: free its uplink, or let it send a smaller picture',
  'publisher-stalled': 'nothing arrives from the publisher: its network is away or its device asleep; it sends again by itself when back',
  'viewer-loss': 'many viewers lose packets: look at this machine’s outgoing line and its firewall',
  'viewer-bandwidth': 'many viewers have too little bandwidth for the picture: compare the bits sent with what the line carries',
  'worker-busy': 'a media worker is at its limit: raise GANGBO_MEDIA_WORKERS up to the cores, or add a media host (--role media)',
};

/** Keeps the metrics of a process's media, and one log line for each thing an operator should know of. */
export function watchMedia({ local, stageHealth, metrics, log }: MediaWatchOptions): void {
  /** Producers of leads here, by stage. One-to-one rooms have no lead: they are private, and short, and get no series. */
  const producers = new Map<string, Set<string>>();
  local.on('producerOpened', ({ stageId, producer }) => {
    if (producer.seat !== 'lead') return;
    producers.set(stageId, (producers.get(stageId) ?? new Set()).add(producer.producerId));
  });
  local.on('producerClosed', ({ stageId, producerId }) => {
    const left = producers.get(stageId);
    left?.delete(producerId);
    if (left?.size === 0) producers.delete(stageId);
  });

  async function readStages(): Promise<ReadonlyMap<string, StageHealth>> {
    const found = new Map<string, StageHealth>();
    const reads = [...producers.keys()].slice(0, STAGES_SHOWN).map(async (stageId) => {
      found.set(stageId, await stageHealth.read(stageId));
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    // A stage that cannot be read is missing from this reading, and no reason to show nothing.
    await Promise.race([Promise.allSettled(reads), late]);
    clearTimeout(timer);
    return new Map(found);
  }

  const media = createMediaMetrics({
    registry: metrics.registry,
    host: () => local.hosts()[0] ?? null,
    stages: readStages,
  });
  metrics.gauge('gangbo_stages', 'Stages whose lead publishes to this process', () => producers.size);

  local.on('workerDied', ({ pid, reason }) => {
    metrics.workerDied();
    log.error({ worker: pid, reason }, 'a media worker died; another takes its place and everyone on it is moved');
  });
  local.on('workerRetired', ({ pid, deaths }) => {
    media.workerRetired();
    log.error(
      { worker: pid, deaths },
      'a media worker kept crashing and is not started any more; read the lines before this one, run npm start again to rebuild it if it is damaged, then restart this process',
    );
  });
  local.on('stageCondition', ({ stageId, condition, reasons }) => {
    media.conditionChanged(condition);
    const fields = { sessionId: stageId, condition, reasons };
    if (condition === 'good') log.info(fields, 'a stage is received well');
    else if (condition === 'none') log.debug(fields, 'nobody sends on a stage any more');
    else
      log.warn(
        fields,
        `a stage is received ${condition === 'poor' ? 'badly' : 'less well'}: ${reasons.map((reason) => advice[reason]).join('; ')}`,
      );
  });
}
