import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, recruiterLogin, setUpFair, type TestFair } from '../support/fair.ts';
import { decodedFrames, waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { goLive, signInToStudio } from '../support/studio.ts';
import { startTurnServer, type TurnServer } from '../support/turn-server.ts';

const secret = 'what-the-turn-servers-share';

declare global {
  /** The peer connections that the page opened, kept for the test. */
  var opened: RTCPeerConnection[];
  /** STUN and TURN error codes that they were answered (RFC 8489, section 14.8). */
  var refusals: number[];
}

/** Lets the page's peer connections use relayed candidates alone, as a firewall that lets nothing else through would. */
function relayOnly(): void {
  globalThis.opened = [];
  globalThis.refusals = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: 'relay' });
      globalThis.opened.push(this);
      this.addEventListener('icecandidateerror', (event) => globalThis.refusals.push(event.errorCode));
    }
  };
}

/** The kinds of the local candidates of the pairs in use (W3C webrtc-stats). */
const kindsInUse = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const kinds: string[] = [];
    for (const connection of globalThis.opened) {
      const stats = new Map(Array.from(await connection.getStats(), ([id, entry]) => [id, entry] as const));
      for (const pair of stats.values()) {
        if (pair.type === 'candidate-pair' && pair.nominated) kinds.push(stats.get(pair.localCandidateId)?.candidateType);
      }
    }
    return kinds;
  });

describe('a viewer behind a firewall that lets only a TURN server through', () => {
  let turn: TurnServer;
  let server: RunningServer;
  let browser: Browser;
  let fair: TestFair;

  async function enterRoom(): Promise<Page> {
    const room = await (await browser.newContext(phone)).newPage();
    await room.addInitScript(relayOnly);
    // A video that waits for its first frame holds the page's load event back.
    await room.goto(`${server.origin}/s/${fair.session.id}`, { waitUntil: 'domcontentloaded' });
    return room;
  }

  beforeAll(async () => {
    turn = await startTurnServer({ secret });
    [server, browser] = await Promise.all([
      startServer({
        ...organizerSettings,
        GANGBO_TURN_URLS: `turn:127.0.0.1:${turn.port}?transport=udp,turn:127.0.0.1:${turn.port}?transport=tcp`,
        GANGBO_TURN_SECRET: secret,
      }),
      launchBrowser(),
    ]);
    fair = await setUpFair(server.origin);
    const studio = await browser.newPage();
    await signInToStudio(studio, server.origin, recruiterLogin);
    await goLive(studio, fair.session.id);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await turn?.close();
  });

  it('sees the recruiter through coturn, with the credential the server made for it', async () => {
    const room = await enterRoom();
    await waitForFrames(room, 15);
    expect(new Set(await kindsInUse(room))).toEqual(new Set(['relay']));
    await room.context().close();
  });

  it('sees the recruiter over TCP alone', async () => {
    const { port } = turn;
    await turn.close();
    turn = await startTurnServer({ secret, port, udp: false });
    const room = await enterRoom();
    await waitForFrames(room, 15);
    expect(new Set(await kindsInUse(room))).toEqual(new Set(['relay']));
    await room.context().close();
  });

  it('sees nothing when the TURN server shares another secret, and everything once it shares ours', async () => {
    const { port } = turn;
    await turn.close();
    turn = await startTurnServer({ secret: 'another-secret-than-ours', port });
    const room = await enterRoom();
    await room.waitForFunction(() => globalThis.refusals.includes(401), undefined, { polling: 100 });
    await room.getByTestId('room-video').waitFor({ state: 'attached' });
    expect(await decodedFrames(room)).toBe(0);

    await turn.close();
    turn = await startTurnServer({ secret, port });
    await room.reload({ waitUntil: 'domcontentloaded' });
    await waitForFrames(room, 15);
    await room.context().close();
  });
});
