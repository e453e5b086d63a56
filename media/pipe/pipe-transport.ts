import type { PipeTransport, Router } from 'mediasoup/types';
import { MediaError, type PipeEnd } from '../types.ts';

export interface PipeOptions {
  /** Address that other hosts send to. */
  address: string;
  /** Address to listen on; default: the same. */
  listenHost?: string;
  /** First and last UDP port. */
  ports: readonly [number, number];
}

/**
 * One end of a pipe to another host: a UDP port of its own, SRTP, and
 * retransmission (RFC 4588), because the network between hosts may lose packets.
 * @throws MediaError unavailable when no port or file descriptor is left
 */
export async function openPipeTransport(
  router: Router,
  { address, listenHost = address, ports: [min, max] }: PipeOptions,
): Promise<PipeTransport> {
  try {
    return await router.createPipeTransport({
      listenInfo: {
        protocol: 'udp',
        ip: listenHost,
        ...(listenHost === address ? {} : { announcedAddress: address }),
        portRange: { min, max },
      },
      enableRtx: true,
      enableSrtp: true,
    });
  } catch (error) {
    throw new MediaError('unavailable', `no pipe could be opened on ${listenHost} ports ${min}-${max}: ${String(error)}`, { cause: error });
  }
}

/** What the other end needs to connect to this one. */
export function pipeEnd(transport: PipeTransport, { address }: PipeOptions): PipeEnd {
  if (!transport.srtpParameters) throw new MediaError('unavailable', 'the pipe has no SRTP keys');
  return { address, port: transport.tuple.localPort, srtpParameters: transport.srtpParameters };
}

export const connectPipe = (transport: PipeTransport, end: PipeEnd): Promise<void> =>
  transport.connect({ ip: end.address, port: end.port, srtpParameters: end.srtpParameters });
