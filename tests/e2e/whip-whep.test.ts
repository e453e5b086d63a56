import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewStageKey } from '../../src/contract/index.ts';
import { type BarePage, serveBarePage } from '../support/bare-page.ts';
import { launchBrowser, phone } from '../support/browser.ts';
import { organizerSettings, setUpFair, type TestFair } from '../support/fair.ts';
import { waitForFrames } from '../support/media.ts';
import { type RunningServer, startServer } from '../support/server.ts';

declare global {
  /** The peer connection that the bare page opened. */
  var peer: RTCPeerConnection;
}

/** In the page: WHIP as the standard says, with nothing but what the browser has. */
async function send({ url, token, simulcast }: { url: string; token: string; simulcast: boolean }): Promise<string> {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
  globalThis.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  for (const track of media.getTracks()) {
    const layers = [
      { rid: 'q', scaleResolutionDownBy: 4 },
      { rid: 'h', scaleResolutionDownBy: 2 },
      { rid: 'f', scaleResolutionDownBy: 1 },
    ];
    const many = simulcast && track.kind === 'video';
    globalThis.peer.addTransceiver(track, { direction: 'sendonly', ...(many ? { sendEncodings: layers } : {}) });
  }
  return exchangeIn(url, token);

  async function exchangeIn(endpoint: string, bearer: string): Promise<string> {
    await globalThis.peer.setLocalDescription();
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp', authorization: `Bearer ${bearer}` },
      body: globalThis.peer.localDescription?.sdp ?? '',
    });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    await globalThis.peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
    return new URL(response.headers.get('location') ?? '', endpoint).href;
  }
}

/** In the page: WHEP likewise. */
async function play({ url, token }: { url: string; token: string }): Promise<string> {
  globalThis.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  const stream = new MediaStream();
  const video = document.querySelector('video');
  if (video) video.srcObject = stream;
  globalThis.peer.addEventListener('track', ({ track }) => stream.addTrack(track));
  for (const kind of ['audio', 'video']) globalThis.peer.addTransceiver(kind, { direction: 'recvonly' });
  await globalThis.peer.setLocalDescription();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
    body: globalThis.peer.localDescription?.sdp ?? '',
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  await globalThis.peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
  return new URL(response.headers.get('location') ?? '', url).href;
}

/** In the page: an ICE restart by PATCH. @returns the status and the entity tag that were answered */
async function restart({ resource, token }: { resource: string; token: string }): Promise<[number, string]> {
  const { peer } = globalThis;
  await peer.setLocalDescription(await peer.createOffer({ iceRestart: true }));
  const attribute = (sdp: string | undefined, name: string) => new RegExp(`a=${name}:(\\S+)`).exec(sdp ?? '')?.[1] ?? '';
  const local = peer.localDescription?.sdp;
  const response = await fetch(resource, {
    method: 'PATCH',
    headers: { 'content-type': 'application/trickle-ice-sdpfrag', authorization: `Bearer ${token}`, 'if-match': '*' },
    body: `a=ice-ufrag:${attribute(local, 'ice-ufrag')}\r\na=ice-pwd:${attribute(local, 'ice-pwd')}\r\n`,
  });
  const fragment = await response.text();
  const answer = (peer.currentRemoteDescription?.sdp ?? '')
    .replace(/a=ice-ufrag:\S+/g, `a=ice-ufrag:${attribute(fragment, 'ice-ufrag')}`)
    .replace(/a=ice-pwd:\S+/g, `a=ice-pwd:${attribute(fragment, 'ice-pwd')}`);
  await peer.setRemoteDescription({ type: 'answer', sdp: answer });
  return [response.status, response.headers.get('etag') ?? ''];
}

/** In the page: whether packets go between the addresses that the newest ICE session found (W3C webrtc-stats). */
async function restarted(): Promise<boolean> {
  const { peer } = globalThis;
  const ufrag = /a=ice-ufrag:(\S+)/.exec(peer.localDescription?.sdp ?? '')?.[1];
  const stats = new Map(Array.from(await peer.getStats(), ([id, entry]) => [id, entry] as const));
  return [...stats.values()].some((entry) => {
    if (entry.type !== 'transport') return false;
    const pair = stats.get(entry.selectedCandidatePairId);
    return pair?.state === 'succeeded' && stats.get(pair.localCandidateId)?.usernameFragment === ufrag;
  });
}

describe('a browser page without any library', () => {
  let server: RunningServer;
  let browser: Browser;
  let bare: BarePage;
  let fair: TestFair;
  let publishing: NewStageKey;
  let watching: NewStageKey;

  beforeAll(async () => {
    [server, browser, bare] = await Promise.all([startServer(organizerSettings), launchBrowser(), serveBarePage()]);
    fair = await setUpFair(server.origin);
    const at = { params: { sessionId: fair.session.id } };
    await fair.recruiter.api.call('startSession', at);
    const newKey = (purpose: 'publish' | 'watch') => fair.recruiter.api.call('createStageKey', { ...at, body: { purpose } });
    [publishing, watching] = await Promise.all([newKey('publish'), newKey('watch')]);
  }, 150_000);
  afterAll(async () => {
    await browser.close();
    await server.stop();
    await bare.close();
  });

  const urlOf = ({ url }: NewStageKey) => `${server.origin}${new URL(url).pathname}`;
  async function open(): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    await page.goto(bare.origin);
    return page;
  }
  const health = () => fair.recruiter.api.call('readStageHealth', { params: { sessionId: fair.session.id } });

  it('sends by WHIP in three layers: the room and a WHEP player decode it, also after an ICE restart of either', async () => {
    const sender = await open();
    const sending = await sender.evaluate(send, { url: urlOf(publishing), token: publishing.token, simulcast: true });
    const room = await (await browser.newContext(phone)).newPage();
    await room.goto(`${server.origin}/s/${fair.session.id}`);
    await waitForFrames(room, 20);
    const player = await open();
    const playing = await player.evaluate(play, { url: urlOf(watching), token: watching.token });
    await waitForFrames(player, 20);

    await expect
      .poll(async () => (await health()).producers.find(({ kind }) => kind === 'video')?.layers.length, { timeout: 20_000 })
      .toBe(3);
    for (const [page, resource, token] of [
      [sender, sending, publishing.token],
      [player, playing, watching.token],
    ] as const) {
      const [status, etag] = await page.evaluate(restart, { resource, token });
      expect([status, /^"\S+"$/.test(etag)]).toEqual([200, true]);
      await expect.poll(() => page.evaluate(restarted), { timeout: 20_000 }).toBe(true);
    }
    await waitForFrames(player, 20);
    await waitForFrames(room, 20);

    const closed = await player.evaluate(
      async ({ resource, token }) => (await fetch(resource, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })).status,
      { resource: playing, token: watching.token },
    );
    expect(closed).toBe(200);
    await player.waitForFunction(() => globalThis.peer.connectionState !== 'connected', undefined, { timeout: 20_000 });
  });
});
