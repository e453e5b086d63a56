import { availableParallelism, networkInterfaces } from 'node:os';
import { type Config, initialOutgoingBitrate, maxIncomingBitrate, routerCodecs } from '../../config/index.ts';
import { createMediaPlane, type MediaHost } from '../../media/index.ts';
import { workerBinary } from '../../media/worker/binary.mjs';
import type { Logger } from '../telemetry/logger.ts';

type PipeConfig = Pick<Config, 'GANGBO_MEDIA_HOST' | 'GANGBO_MEDIA_PIPE_ADDRESS' | 'GANGBO_MEDIA_PIPE_PORTS'>;

/** Where other hosts reach this one, and what it listens on for them: its own address, or all when the given one is translated. */
export function pipeOf(config: PipeConfig, interfaces = networkInterfaces()) {
  const all = Object.values(interfaces).flatMap((infos) => infos ?? []);
  const outward = all.find((info) => info.family === 'IPv4' && !info.internal)?.address ?? '127.0.0.1';
  const bound = config.GANGBO_MEDIA_HOST === '0.0.0.0' ? outward : config.GANGBO_MEDIA_HOST;
  const address = config.GANGBO_MEDIA_PIPE_ADDRESS ?? bound;
  const own = address.startsWith('127.') || all.some((info) => info.address === address);
  return { address, listenHost: own ? address : '0.0.0.0', ports: config.GANGBO_MEDIA_PIPE_PORTS };
}

/** The workers of this process. @throws Error naming what is missing */
export async function openMediaHost(config: Config, hostId: string, log: Logger): Promise<MediaHost> {
  const binary = workerBinary(process.env);
  if (!binary) throw new Error('no mediasoup worker: run npm start, whose set-up gets one, or set MEDIASOUP_WORKER_BIN');
  return createMediaPlane({
    hostId,
    workerBinary: binary,
    workers: config.GANGBO_MEDIA_WORKERS ?? availableParallelism(),
    listenHost: config.GANGBO_MEDIA_HOST,
    announcedAddresses: config.GANGBO_MEDIA_ADDRESS,
    firstPort: config.GANGBO_MEDIA_PORT,
    pipe: pipeOf(config),
    codecs: routerCodecs.map((codec) => ({ ...codec })),
    initialOutgoingBitrate,
    maxIncomingBitrate,
    log,
  });
}
