import { reactive, ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { fieldMessages, messageOf } from '../shared/i18n.ts';

export interface Action<A extends unknown[], R> {
  readonly running: boolean;
  /** What went wrong the last time, in the reader's language; null while nothing did. */
  readonly fault: string | null;
  /** The same by field, where the server named fields. */
  readonly fields: Record<string, string>;
  /** Runs unless it is running already; answers undefined then and after a fault. */
  start(...args: A): Promise<R | undefined>;
  clear(): void;
}

/** One request of a button or a form, with its pending state and its fault. Call it in a component's set-up. */
export function useAction<A extends unknown[], R>(run: (...args: A) => Promise<R>): Action<A, R> {
  const { t, locale } = useI18n();
  const running = ref(false);
  const fault = ref<string | null>(null);
  const fields = ref<Record<string, string>>({});
  const clear = () => {
    fault.value = null;
    fields.value = {};
  };
  return reactive({
    running,
    fault,
    fields,
    clear,
    async start(...args: A) {
      if (running.value) return undefined;
      running.value = true;
      clear();
      try {
        return await run(...args);
      } catch (error) {
        fault.value = messageOf(error, locale.value, t);
        fields.value = fieldMessages(error, locale.value);
        return undefined;
      } finally {
        running.value = false;
      }
    },
  });
}
