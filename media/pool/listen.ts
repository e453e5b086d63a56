import type { NetworkInterfaceInfo } from 'node:os';
import type { TransportListenInfo } from 'mediasoup/types';
import { MediaError } from '../types.ts';

export type Interfaces = Readonly<Record<string, NetworkInterfaceInfo[] | undefined>>;

export interface ListenOptions {
  /** Address to listen on; 0.0.0.0 for the network's and the loopback interface. */
  host: string;
  /** What browsers are told; empty for the addresses listened on. */
  announced: readonly string[];
  /** 0 takes a free port, a different one for each address and protocol. */
  port: number;
  /** As os.networkInterfaces() gives them. */
  interfaces: Interfaces;
}

/** Interfaces of containers and virtual machines on this machine: no browser is behind them. */
const virtual = /^(docker|br-|veth|virbr|cni|flannel|cali)/;
/** Each address is one more ICE candidate that every client tries. */
const mostAddresses = 3;

type Binding = Pick<TransportListenInfo, 'ip' | 'announcedAddress' | 'exposeInternalIp'>;

/**
 * Every address is bound by itself on the same port, because one socket on
 * 0.0.0.0 can announce one address only, and both a browser on this machine
 * and a phone on its network must get through.
 */
function bindings({ host, announced, interfaces }: ListenOptions): Binding[] {
  if (host !== '0.0.0.0') {
    const other = announced.filter((address) => address !== host);
    if (other.length > 1) throw new MediaError('unsupported', `${host} can announce one address, not ${other.join(', ')}`);
    return [other[0] ? { ip: host, announcedAddress: other[0], exposeInternalIp: announced.length > other.length } : { ip: host }];
  }
  const all = Object.entries(interfaces).flatMap(([name, infos]) => (infos ?? []).map((info) => ({ name, ...info })));
  const local = all.filter((info) => info.family === 'IPv4');
  const outward = local
    .filter((info) => !info.internal && !virtual.test(info.name))
    .map((info) => info.address)
    .slice(0, mostAddresses);
  if (announced.length === 0) return [...outward, '127.0.0.1'].map((ip) => ({ ip }));

  const own = announced.filter((address) => local.some((info) => info.address === address));
  const foreign = announced.filter((address) => !own.includes(address));
  if (own.length === 0 && foreign.length === 1) return [{ ip: '0.0.0.0', announcedAddress: foreign[0] }];
  if (foreign.length > outward.length) {
    throw new MediaError(
      'unsupported',
      `${foreign.join(', ')} cannot all be announced: ${outward.length} network interface(s) to bind them to`,
    );
  }
  const translated = foreign.map((announcedAddress, n): Binding => {
    const ip = outward[n] ?? '0.0.0.0';
    return { ip, announcedAddress, exposeInternalIp: own.includes(ip) };
  });
  return [...own.filter((ip) => !translated.some((binding) => binding.ip === ip)).map((ip) => ({ ip })), ...translated];
}

/**
 * UDP and ICE-TCP (RFC 6544) listen infos of one WebRtcServer.
 * @throws MediaError unsupported when the announced addresses can't be bound
 */
export function listenInfos(options: ListenOptions): TransportListenInfo[] {
  return (['udp', 'tcp'] as const).flatMap((protocol) =>
    bindings(options).map((binding): TransportListenInfo => ({ protocol, port: options.port, ...binding })),
  );
}
