import type { Page } from 'playwright-core';
import { descendants } from './processes.ts';

/** Frames the page's video element decoded so far (HTMLVideoElement.getVideoPlaybackQuality, W3C Media Playback Quality). */
export const decodedFrames = (page: Page): Promise<number> =>
  page.getByTestId('room-video').evaluate((video: HTMLVideoElement) => video.getVideoPlaybackQuality().totalVideoFrames);

/** Waits until the video decoded `more` frames beyond those it had. */
export async function waitForFrames(page: Page, more: number, timeout = 30_000): Promise<void> {
  await page.getByTestId('room-video').waitFor({ state: 'attached', timeout });
  const before = await decodedFrames(page);
  await page.waitForFunction(
    ({ target }) =>
      (document.querySelector<HTMLVideoElement>('[data-testid="room-video"]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0) >= target,
    { target: before + more },
    { timeout, polling: 100 },
  );
}

/** The loudest sample heard from the page's stream within the time, 0 … 1, measured by the Web Audio API. */
export function loudestSample(page: Page, withinMs: number): Promise<number> {
  return page.getByTestId('room-video').evaluate(async (element, limit) => {
    // A media element's tracks may live on the video or on an audio element beside it.
    const streams = [element as HTMLMediaElement, ...document.querySelectorAll('audio')].map((media) => media.srcObject);
    const track = streams.flatMap((stream) => (stream instanceof MediaStream ? stream.getAudioTracks() : []))[0];
    if (!track) throw new Error('the page has no audio track');
    const context = new AudioContext();
    await context.resume();
    const analyser = new AnalyserNode(context, { fftSize: 2048 });
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const until = performance.now() + limit;
    let loudest = 0;
    while (performance.now() < until && loudest < 0.01) {
      analyser.getFloatTimeDomainData(samples);
      loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), loudest);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    await context.close();
    return loudest;
  }, withinMs);
}

interface Recorded {
  connections: RTCPeerConnection[];
}

/** Bytes of pictures that the page has received over its open connections, which recordConnections keeps. */
export function videoBytes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    let bytes = 0;
    for (const peer of (globalThis as typeof globalThis & Recorded).connections) {
      if (peer.connectionState === 'closed') continue;
      for (const entry of (await peer.getStats()).values()) {
        if (entry.type === 'inbound-rtp' && entry.kind === 'video') bytes += entry.bytesReceived ?? 0;
      }
    }
    return bytes;
  });
}

/** The ICE user fragments of the page's open connections (RFC 8839 section 5.4): an ICE restart changes them. */
export function iceFragments(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    (globalThis as typeof globalThis & Recorded).connections
      .filter(({ connectionState }) => connectionState !== 'closed')
      .map((peer) => /a=ice-ufrag:(\S+)/.exec(peer.localDescription?.sdp ?? '')?.[1] ?? ''),
  );
}

/** Lines of the main picture as it is decoded now. */
export const pictureLines = (page: Page): Promise<number> =>
  page.getByTestId('room-video').evaluate((video: HTMLVideoElement) => Math.min(video.videoHeight, video.videoWidth));

/** What a viewer saw of an interruption, by looking at the main picture all the time. */
export interface Interruption {
  /** The longest time without a new frame, milliseconds. */
  longestMs: number;
  /** Whether the picture was ever black or transparent. */
  wentDark: boolean;
}

/** Watches the main picture for a while, as a person would. The fake camera is never dark. */
export function watchPicture(page: Page, forMs: number): Promise<Interruption> {
  return page.getByTestId('room-video').evaluate(async (element, limit) => {
    const video = element as HTMLVideoElement;
    const canvas = document.createElement('canvas');
    canvas.width = 16;
    canvas.height = 9;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    const seen = { longestMs: 0, wentDark: false };
    const until = performance.now() + limit;
    let frames = -1;
    let last = performance.now();
    while (performance.now() < until) {
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      if (!data.some((value, index) => index % 4 !== 3 && value > 40)) seen.wentDark = true;
      const now = video.getVideoPlaybackQuality().totalVideoFrames;
      if (now !== frames) {
        seen.longestMs = Math.max(seen.longestMs, frames < 0 ? 0 : performance.now() - last);
        last = performance.now();
        frames = now;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    seen.longestMs = Math.max(seen.longestMs, performance.now() - last);
    return seen;
  }, forMs);
}

/** The media workers that a program runs, by process id. */
export const mediaWorkers = (program: { process: { pid?: number | undefined } }): number[] =>
  descendants(program.process.pid)
    .filter(({ name }) => name.startsWith('mediasoup'))
    .map(({ pid }) => pid);
