import { onScopeDispose, type Ref, ref } from 'vue';

/** Whether a CSS media query holds, kept up to date. */
export function useMediaQuery(query: string): Ref<boolean> {
  const list = matchMedia(query);
  const holds = ref(list.matches);
  const onChange = () => {
    holds.value = list.matches;
  };
  list.addEventListener('change', onChange);
  onScopeDispose(() => list.removeEventListener('change', onChange));
  return holds;
}
