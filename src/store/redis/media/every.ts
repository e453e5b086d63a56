/** Does work again and again, never twice at a time. */
export function every(ms: number, work: () => Promise<void> | undefined, onError: (error: unknown) => void): { stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const later = (): void => {
    timer = setTimeout(() => {
      Promise.resolve(work())
        .catch(onError)
        .finally(() => {
          if (!stopped) later();
        });
    }, ms);
  };
  later();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
