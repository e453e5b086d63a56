import { computed, onBeforeUnmount, ref } from 'vue';

const LOOK_EVERY_MS = 500;

/** Milliseconds until a moment of the server's clock, never below 0; followed while the component lives. */
export function useCountdown(until: () => number | null, serverNow: () => number) {
  const now = ref(serverNow());
  const timer = setInterval(() => {
    now.value = serverNow();
  }, LOOK_EVERY_MS);
  onBeforeUnmount(() => clearInterval(timer));
  return computed(() => {
    const end = until();
    return end === null ? 0 : Math.max(0, end - now.value);
  });
}
