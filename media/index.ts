import { randomUUID } from 'node:crypto';
import type { RouterRtpCodecCapability } from 'mediasoup/types';
import { notFound } from './faults.ts';
import { guarded, LocalMediaHost } from './host.ts';
import { type PresenceLimits, usualPresence } from './participants/presence.ts';
import type { PipeOptions } from './pipe/pipe-transport.ts';
import { edgeCost } from './placement.ts';
import { createWorkerPool, type WorkerPoolOptions } from './pool/worker-pool.ts';
import type { MediaHost, MediaLog } from './types.ts';

export { type HostCandidate, placeOnHost } from './placement.ts';
export { MediaError, type MediaEvents, type MediaHost, type MediaPlane } from './types.ts';

export interface MediaPlaneOptions extends Omit<WorkerPoolOptions, 'onDied' | 'onRetired' | 'log'> {
  /** Among the hosts of the installation. Default: a new UUID. */
  hostId?: string;
  /** What routers offer, in order of preference. */
  codecs: readonly RouterRtpCodecCapability[];
  /** What a transport starts with before its bandwidth is known, bits a second. */
  initialOutgoingBitrate: number;
  /** The most a publisher may send, bits a second. */
  maxIncomingBitrate: number;
  /** What a stage's router on one more worker costs, in participants; see placement.ts. */
  edgeCost?: number;
  /** Where other hosts reach this one. Default: this machine alone. */
  pipe?: PipeOptions;
  /** For detached participants. Default: see presence.ts. */
  presence?: PresenceLimits;
  log: MediaLog;
}

const loopbackPipe: PipeOptions = { address: '127.0.0.1', ports: [41_000, 41_999] };

/**
 * Starts the workers and opens their ports.
 * @throws MediaError unavailable when a worker can't start or a port is taken, unsupported when addresses or codecs make no sense
 */
export async function createMediaPlane(options: MediaPlaneOptions): Promise<MediaHost> {
  let host: LocalMediaHost | undefined;
  const pool = await createWorkerPool({
    ...options,
    onDied: (event) => host?.emit('workerDied', event),
    onRetired: (event) => host?.emit('workerRetired', event),
  });
  return guarded(async () => {
    const [first] = await pool.living();
    const router = await first?.worker.createRouter({ mediaCodecs: structuredClone([...options.codecs]) });
    if (!router) throw notFound('worker');
    const { hostId = randomUUID(), pipe = loopbackPipe } = options;
    host = new LocalMediaHost({ edgeCost, presence: usualPresence, ...options, hostId, pipe, pool }, router.rtpCapabilities);
    router.close();
    return host;
  }).catch(async (error: unknown) => {
    await pool.close();
    throw error;
  });
}
