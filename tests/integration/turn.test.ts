import { createHmac } from 'node:crypto';
import { PeerConnection } from 'node-datachannel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIceServers, type IceServerOptions } from '../../src/domain/stage/ice-servers.ts';
import { startTurnServer, type TurnServer } from '../support/turn-server.ts';

const secret = 'what-the-turn-servers-share';
const fixed = [{ urls: ['stun:stun.example.org'] }];

describe('ICE servers for a connection', () => {
  let turn: TurnServer;
  let clock = () => Date.now();

  beforeAll(async () => {
    turn = await startTurnServer({ secret });
  });
  afterAll(() => turn?.close());

  const make = (more: Partial<IceServerOptions> = {}) =>
    createIceServers({
      fixed: [],
      urls: [`turn:127.0.0.1:${turn.port}?transport=udp`],
      secret,
      lifeSeconds: 600,
      clock: () => clock(),
      pseudonym: (id) => `p${id.length}`,
      ...more,
    });

  /** The kinds of ICE candidates that a peer gathers when only the TURN server may be used. */
  async function gathered(iceServersFor: ReturnType<typeof make>): Promise<string[]> {
    const [server] = iceServersFor('connection-1');
    const peer = new PeerConnection('viewer', {
      iceServers: [{ hostname: '127.0.0.1', port: turn.port, relayType: 'TurnUdp', ...login(server) }],
      iceTransportPolicy: 'relay',
      bindAddress: '127.0.0.1',
    });
    try {
      const kinds: string[] = [];
      const complete = new Promise<void>((resolve) => {
        peer.onLocalCandidate((candidate) => kinds.push(/ typ (\w+)/.exec(candidate)?.[1] ?? candidate));
        peer.onGatheringStateChange((state) => {
          if (state === 'complete') resolve();
        });
      });
      peer.createDataChannel('any');
      await complete;
      return kinds;
    } finally {
      peer.close();
    }
  }
  const login = (server: ReturnType<ReturnType<typeof make>>[number] | undefined) => ({
    username: server?.username ?? '',
    password: server?.credential ?? '',
  });

  it('follow the TURN REST convention: when it ends and a pseudonym, signed with the shared secret', () => {
    clock = () => 1_700_000_000_500;
    expect(make({ fixed })('connection')).toEqual([
      ...fixed,
      {
        urls: [`turn:127.0.0.1:${turn.port}?transport=udp`],
        username: '1700000600:p10',
        credential: createHmac('sha1', secret).update('1700000600:p10').digest('base64'),
      },
    ]);
    clock = () => Date.now();
  });

  it('are the fixed ones alone without TURN servers, and need the secret with them', () => {
    expect(make({ urls: [], secret: undefined, fixed })('connection')).toEqual(fixed);
    expect(() => make({ secret: undefined })).toThrow('secret');
  });

  it('let coturn relay for whoever bears them', async () => {
    expect(await gathered(make())).toContain('relay');
  });

  it('are refused by coturn when they were signed with another secret, or have expired', async () => {
    expect(await gathered(make({ secret: 'not-what-they-share' }))).not.toContain('relay');
    expect(await gathered(make({ clock: () => Date.now() - 700_000 }))).not.toContain('relay');
  });
});
