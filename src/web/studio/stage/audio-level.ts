import { onScopeDispose, type Ref, ref, watch } from 'vue';

/** Sounds quieter than this are shown as silence, decibels below full scale. */
const FLOOR_DB = -60;
const READ_EVERY_MS = 80;

/** How loud a microphone's track is, 0 (silence) to 1 (full scale), for a meter. */
export function useAudioLevel(track: Ref<MediaStreamTrack | null>): Ref<number> {
  const level = ref(0);
  let context: AudioContext | null = null;
  let timer: ReturnType<typeof setInterval> | undefined;

  function stop() {
    clearInterval(timer);
    void context?.close();
    context = null;
    level.value = 0;
  }

  watch(
    track,
    (current) => {
      stop();
      if (!current) return;
      context = new AudioContext();
      const analyser = context.createAnalyser();
      analyser.fftSize = 1024;
      context.createMediaStreamSource(new MediaStream([current])).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      timer = setInterval(() => {
        // Without a gesture on the page the context starts suspended.
        if (context?.state === 'suspended') void context.resume();
        analyser.getFloatTimeDomainData(samples);
        let sum = 0;
        for (const sample of samples) sum += sample * sample;
        const decibels = 10 * Math.log10(sum / samples.length + 1e-12);
        level.value = Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB));
      }, READ_EVERY_MS);
    },
    { immediate: true },
  );
  onScopeDispose(stop);
  return level;
}
