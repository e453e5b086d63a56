import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { listenInfos } from '../../../media/pool/listen.ts';
import { MediaError } from '../../../media/types.ts';

const address = (ip: string, internal = false): NetworkInterfaceInfo => ({
  address: ip,
  internal,
  family: 'IPv4',
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  cidr: `${ip}/24`,
});
const interfaces = {
  lo: [address('127.0.0.1', true)],
  eth0: [address('192.168.1.5')],
  docker0: [address('172.17.0.1')],
};
const udp = (announced: string[], host = '0.0.0.0') =>
  listenInfos({ host, announced, port: 40_000, interfaces }).filter(({ protocol }) => protocol === 'udp');

describe('media addresses', () => {
  it('reaches a browser on this machine and a phone on its network, but no container', () => {
    expect(udp([])).toEqual([
      { protocol: 'udp', port: 40_000, ip: '192.168.1.5' },
      { protocol: 'udp', port: 40_000, ip: '127.0.0.1' },
    ]);
  });

  it('listens on TCP wherever it listens on UDP', () => {
    expect(listenInfos({ host: '0.0.0.0', announced: [], port: 0, interfaces }).map(({ protocol, ip }) => `${protocol} ${ip}`)).toEqual([
      'udp 192.168.1.5',
      'udp 127.0.0.1',
      'tcp 192.168.1.5',
      'tcp 127.0.0.1',
    ]);
  });

  it('announces a translated address on any interface, beside own ones when asked', () => {
    expect(udp(['203.0.113.7'])).toEqual([{ protocol: 'udp', port: 40_000, ip: '0.0.0.0', announcedAddress: '203.0.113.7' }]);
    expect(udp(['203.0.113.7', '192.168.1.5', '127.0.0.1'])).toEqual([
      { protocol: 'udp', port: 40_000, ip: '127.0.0.1' },
      { protocol: 'udp', port: 40_000, ip: '192.168.1.5', announcedAddress: '203.0.113.7', exposeInternalIp: true },
    ]);
  });

  it('takes one address given as the host, and refuses what cannot be bound', () => {
    expect(udp([], '127.0.0.1')).toEqual([{ protocol: 'udp', port: 40_000, ip: '127.0.0.1' }]);
    expect(udp(['fair.example.org'], '192.168.1.5')).toMatchObject([{ ip: '192.168.1.5', announcedAddress: 'fair.example.org' }]);
    expect(() => udp(['203.0.113.7', '203.0.113.8'])).toThrow(MediaError);
    expect(() => udp(['203.0.113.7', '203.0.113.8'], '192.168.1.5')).toThrow(MediaError);
  });
});
