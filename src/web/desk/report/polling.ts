import { onMounted, onScopeDispose } from 'vue';

/**
 * Runs again and again while the page is seen, never twice at once, and at once
 * when it is seen again.
 * @param interval milliseconds between the end of one run and the next, asked for each time
 */
export function usePolling(run: () => Promise<unknown>, interval: () => number): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  let running = false;

  async function turn() {
    clearTimeout(timer);
    if (over || running || document.hidden) return;
    running = true;
    await run().catch(() => undefined);
    running = false;
    if (!over && !document.hidden) timer = setTimeout(turn, interval());
  }
  const onVisible = () => void turn();
  onMounted(() => {
    document.addEventListener('visibilitychange', onVisible);
    void turn();
  });
  onScopeDispose(() => {
    over = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  });
}
