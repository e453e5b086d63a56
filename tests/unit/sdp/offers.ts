import { readFileSync } from 'node:fs';
import { generateRouterRtpCapabilities } from 'mediasoup/ortc';
import { routerCodecs } from '../../../config/index.ts';
import type { TransportOptions } from '../../../media/types.ts';

const captured = (name: string) => readFileSync(new URL(`offers/${name}.sdp`, import.meta.url), 'utf8').replaceAll('\n', '\r\n');

/** Offers as these clients made them. */
export const offers = {
  obs: captured('obs'),
  gstreamer: captured('gstreamer-publish'),
  chromiumSimulcast: captured('chromium-simulcast'),
  chromiumSingle: captured('chromium-single'),
};
export const playerOffers = { gstreamer: captured('gstreamer-watch'), chromium: captured('chromium-watch') };

export const routerCapabilities = generateRouterRtpCapabilities(routerCodecs.map((codec) => ({ ...codec })));

export const transport: TransportOptions = {
  id: 'transport',
  iceParameters: { usernameFragment: 'serverufrag', password: 'serverpasswordserverpassword', iceLite: true },
  iceCandidates: [
    {
      foundation: 'udpcandidate',
      priority: 1_076_302_079,
      ip: '192.0.2.1',
      address: '192.0.2.1',
      protocol: 'udp',
      port: 40_000,
      type: 'host',
    },
    {
      foundation: 'tcpcandidate',
      priority: 1_076_276_479,
      ip: '192.0.2.1',
      address: '192.0.2.1',
      protocol: 'tcp',
      port: 40_000,
      type: 'host',
      tcpType: 'passive',
    },
  ],
  dtlsParameters: {
    role: 'auto',
    fingerprints: [
      { algorithm: 'sha-1', value: '00:11' },
      { algorithm: 'sha-256', value: 'AA:BB' },
    ],
  },
};
