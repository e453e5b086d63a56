import type { Page } from 'playwright-core';

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
