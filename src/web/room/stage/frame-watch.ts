import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue';

const LOOK_EVERY_MS = 1_000;
/** No new picture for this many looks: the network is too weak for it. */
const STALLED_LOOKS = 3;

/** Whether a video element shows pictures, and whether they have stopped coming. Marks the first for the benchmark. */
export function useFrameWatch(video: Readonly<Ref<HTMLVideoElement | null>>, wanted: Readonly<Ref<boolean>>) {
  const hasPicture = ref(false);
  const stalled = ref(false);
  let looks = 0;
  let frames = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  function first(): void {
    if (!hasPicture.value && performance.getEntriesByName('gangbo:first-frame').length === 0) performance.mark('gangbo:first-frame');
    hasPicture.value = true;
  }

  onMounted(() => {
    const element = video.value;
    if (!element) return;
    // Where the frame callback is missing, `playing` comes a little late and is near enough.
    if ('requestVideoFrameCallback' in element) element.requestVideoFrameCallback(first);
    else (element as HTMLVideoElement).addEventListener('playing', first);
    timer = setInterval(() => {
      const seen = element.getVideoPlaybackQuality().totalVideoFrames;
      looks = seen === frames && wanted.value && hasPicture.value && document.visibilityState === 'visible' ? looks + 1 : 0;
      frames = seen;
      stalled.value = looks >= STALLED_LOOKS;
    }, LOOK_EVERY_MS);
  });
  onBeforeUnmount(() => clearInterval(timer));
  return { hasPicture, stalled };
}
