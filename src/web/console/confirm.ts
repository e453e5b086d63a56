import { type InjectionKey, inject, provide, shallowRef } from 'vue';

export interface Question {
  title: string;
  text: string;
  yes: string;
  danger?: boolean;
}
type Ask = (question: Question) => Promise<boolean>;

const key: InjectionKey<Ask> = Symbol('confirm');

/** In the frame: the question being asked, and how to answer it. A second question answers the first with no. */
export function provideConfirm() {
  const question = shallowRef<Question | null>(null);
  let settle: ((agreed: boolean) => void) | null = null;

  function answer(agreed: boolean) {
    question.value = null;
    settle?.(agreed);
    settle = null;
  }
  provide(key, (asked) => {
    answer(false);
    question.value = asked;
    return new Promise((resolve) => {
      settle = resolve;
    });
  });
  return { question, answer };
}

/** Asks before something that cannot be taken back; resolves to whether it was agreed to. */
export function useConfirm(): Ask {
  const ask = inject(key);
  if (!ask) throw new Error('there is no ConsoleFrame around this component');
  return ask;
}
