import { ref } from 'vue';

export interface Toast {
  id: number;
  tone: 'plain' | 'good' | 'bad';
  text: string;
}

const SHOWN_MS = 4_000;

/** Short messages over the page, announced to screen readers, gone by themselves. */
export function createToasts() {
  const shown = ref<Toast[]>([]);
  let lastId = 0;
  return {
    shown,
    show(text: string, tone: Toast['tone'] = 'plain'): void {
      lastId += 1;
      const id = lastId;
      shown.value = [...shown.value.slice(-2), { id, tone, text }];
      setTimeout(() => {
        shown.value = shown.value.filter((toast) => toast.id !== id);
      }, SHOWN_MS);
    },
  };
}
export type Toasts = ReturnType<typeof createToasts>;
