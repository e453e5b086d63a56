import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import type { HostHealth, MediaHost, MediaPlane } from '../../../../media/types.ts';
import { MediaError } from '../../../../media/types.ts';
import type { Log } from '../../../domain/ports.ts';
import type { Keys } from '../keys.ts';
import type { ScriptedRedis } from '../scripts.ts';
import { createStageClaims } from './claims.ts';
import { every } from './every.ts';
import { StageHosting } from './hosting/hosting.ts';
import type { Member } from './members/member.ts';
import { Members } from './members/members.ts';
import { settleHost } from './members/settle.ts';
import { createAsking } from './node/asking.ts';
import { createPlacing, type PlaceOnHost } from './node/placing.ts';
import { StageRouting } from './node/routing.ts';
import { createMediaRecords } from './records.ts';
import { hostCalls, type ParticipantKey, stageCalls } from './wire/calls.ts';
import type { Request, ToldEvent } from './wire/messages.ts';
import { type News, openWire, StageMoved, type Wire } from './wire/wire.ts';

export interface RoutedMediaPlaneOptions {
  /** The workers of this process, closed with the plane; without them it uses those of others. */
  local?: MediaHost | undefined;
  /** What all hosts of the installation offer. */
  routerRtpCapabilities: MediaPlane['routerRtpCapabilities'];
  redis: ScriptedRedis;
  /** A connection of its own: it goes into subscriber mode. The caller closes it. */
  subscriber: Redis;
  keys: Keys;
  /** Unique for every start of a process; also the host's id. */
  nodeId: string;
  /** Whether people are connected to this process. */
  signals: boolean;
  placeOnHost: PlaceOnHost;
  log: Log;
  /** Life of claims and of a process's entry when they are not renewed, ms. */
  lifeMs?: number;
  /** How long a silent process is waited for after a break of Redis or of this one, ms. */
  settleMs?: number;
  /** Longest wait for another process, ms. */
  patienceMs?: number;
  /** Time over which viewers are moved to other hosts when this one stops, ms. */
  drainMs?: number;
}

/** How often hosts lengthen their claims, and nodes compare whom they believe on which host, ms. */
const checkMs = 300;
const rollMs = 5_000;

/**
 * One media plane over the processes of an installation: whatever node people
 * are connected to, they are carried by the hosts that have workers for them.
 * @throws Error when Redis does not answer
 */
export async function createRoutedMediaPlane(options: RoutedMediaPlaneOptions): Promise<MediaPlane> {
  const { local, redis, keys, nodeId, signals, log, lifeMs = 1_500, settleMs = 3_000, patienceMs = 4_000, drainMs = 1_000 } = options;
  const claims = createStageClaims({ redis, keys, lifeMs });
  const records = createMediaRecords({ redis, keys });
  const dialect = createHash('sha256').update(JSON.stringify(options.routerRtpCapabilities)).digest('base64url').slice(0, 16);
  let closing = false;

  const self = (): Member => {
    const [own] = local?.hosts() ?? [];
    const host = own && { address: own.address, machine: hostname(), dialect, draining: closing, workers: own.workers };
    return { id: nodeId, signals, host: host ?? null };
  };
  const lives = (process: string): boolean => members.lives(process);
  const isGone = (process: string): Promise<boolean> => members.isGone(process);
  const hosts = () => members.hosts();
  const placing = createPlacing({ hosts, nodeId, place: options.placeOnHost });

  const serve = async ({ from, machine, stageId, call, args }: Request): Promise<unknown> => {
    if (!hosting) throw new StageMoved();
    if (call === 'ingestRtp' && machine !== hostname()) {
      throw new MediaError('unavailable', 'plain RTP must be sent from the machine that carries the stage');
    }
    if (call in hostCalls) {
      const { args: shape } = hostCalls[call as keyof typeof hostCalls];
      const parsed = shape.safeParse(args);
      if (parsed.success) return hosting.serve(from, stageId, call as keyof typeof hostCalls, parsed.data);
    } else {
      const asked = call as keyof typeof stageCalls;
      const parsed = stageCalls[asked].args.safeParse(args);
      if (parsed.success) return hosting.perform(from, stageId, asked, parsed.data as Parameters<typeof hosting.perform<typeof asked>>[3]);
    }
    throw new MediaError('unsupported', 'the call’s arguments are not valid');
  };

  const onNews = (news: News): void => {
    switch (news.type) {
      case 'event':
        routing.hear(news.from, news.told as ToldEvent);
        break;
      case 'ended':
        routing.ended(news.stageId);
        break;
      case 'left':
        routing.left(news.stageId, news.participant as ParticipantKey);
        break;
      case 'producers':
      case 'moved':
        hosting?.hear(news);
        break;
      case 'roll': {
        const stages = hosting?.call(news.from, news.stages) ?? news.stages;
        if (Object.keys(stages).length > 0) wire.tell(news.from, { type: 'absent', from: nodeId, stages });
        break;
      }
      case 'absent':
        routing.absent(news.from, news.stages);
        break;
      default:
        news satisfies never;
    }
  };
  /** Says whom this node believes where: what was lost on the way, in either direction, is set right. */
  const callRoll = (): void => {
    for (const { id } of hosts()) if (id !== nodeId) wire.tell(id, { type: 'roll', from: nodeId, stages: routing.roll(id) });
  };

  const wire: Wire = await openWire({ ...options, patienceMs, serve, onNews, onHearingAgain: callRoll });
  const members = new Members({
    redis,
    keys,
    self,
    dialect,
    lifeMs,
    settleMs,
    log,
    hearingSince: wire.hearingSince,
    onGone(id) {
      log.warn({ process: id }, 'a media process is gone; whoever was on it is moved');
      wire.abandon(id);
      hosting?.processGone(id);
      routing.hostGone(id);
    },
    settle: (id) => settleHost(id, { records, claims, tell: (told) => routing.tell(told) }),
  });
  const anyNode = () =>
    signals
      ? nodeId
      : members
          .others()
          .filter((member) => member.signals)
          .map(({ id }) => id)
          .sort()[0];
  const hosting: StageHosting | undefined =
    local &&
    new StageHosting({
      local,
      nodeId,
      claims,
      records,
      wire,
      isGone,
      lives,
      anyNode,
      otherHost: (onStage) => placing.choose(new Set(onStage), new Set([nodeId])),
      deliver(node, told) {
        if (node === nodeId) routing.hear(nodeId, told);
        else wire.tell(node, { type: 'event', from: nodeId, told } as News);
      },
      tellEnded(node, stageId) {
        if (node === nodeId) routing.ended(stageId);
        else wire.tell(node, { type: 'ended', stageId });
      },
      log,
    });
  const asking = createAsking({ nodeId, hosting, wire, log });
  const routing: StageRouting = new StageRouting({ claims, records, placing, asking, hosts, isGone });
  local?.on('workerDied', (payload) => routing.emit('workerDied', payload));
  local?.on('workerRetired', (payload) => routing.emit('workerRetired', payload));
  await members.open().catch(async (error: unknown) => {
    await wire.close();
    throw error;
  });

  const checks = every(
    checkMs,
    async () => hosting?.check(),
    (error) => {
      if (!closing) log.warn({ reason: String(error) }, 'the stages of this host could not be looked after');
    },
  );
  const rolls = every(
    rollMs,
    async () => callRoll(),
    () => undefined,
  );

  const events: Pick<MediaPlane, 'on' | 'off'> = routing;
  return {
    routerRtpCapabilities: options.routerRtpCapabilities,
    subscribe: (stageId, subscriberId, rtpCapabilities, options = {}) =>
      routing.call(stageId, 'subscribe', [subscriberId, rtpCapabilities, options]),
    connectSubscriber: (stageId, ...args) => routing.call(stageId, 'connectSubscriber', args),
    resume: (stageId, ...args) => routing.call(stageId, 'resume', args),
    pause: (stageId, ...args) => routing.call(stageId, 'pause', args),
    preferLayer: (stageId, ...args) => routing.call(stageId, 'preferLayer', args),
    restartIce: (stageId, ...args) => routing.restartIce(stageId, ...args),
    unsubscribe: (stageId, ...args) => routing.call(stageId, 'unsubscribe', args),
    publish: (stageId, publisherId, options = {}) => routing.call(stageId, 'publish', [publisherId, options]),
    connectPublisher: (stageId, ...args) => routing.call(stageId, 'connectPublisher', args),
    produce: (stageId, ...args) => routing.call(stageId, 'produce', args),
    pauseProducer: (stageId, ...args) => routing.call(stageId, 'pauseProducer', args),
    closeProducer: (stageId, ...args) => routing.call(stageId, 'closeProducer', args),
    ingestRtp: (stageId, ...args) => routing.call(stageId, 'ingestRtp', args),
    unpublish: (stageId, ...args) => routing.call(stageId, 'unpublish', args),
    closeStage: (stageId) => routing.closeStage(stageId),
    stageHealth: (stageId) => routing.stageHealth(stageId),
    hosts: (): HostHealth[] => [...(local?.hosts() ?? []), ...members.hostHealth()],
    async close() {
      closing = true;
      checks.stop();
      rolls.stop();
      await routing.close();
      if (hosting) {
        // The others learn at once that nobody is to be sent here any more.
        await members.renew().catch(() => undefined);
        await hosting.drain(drainMs);
        hosting.close();
      }
      await members.leave().catch(() => undefined);
      await wire.close().catch(() => undefined);
      await local?.close();
    },
    on: (event, listener) => events.on(event, listener),
    off: (event, listener) => events.off(event, listener),
  };
}
