import { useI18n } from 'vue-i18n';
import type { Position } from '../../../contract/index.ts';
import { dateText, payText } from '../../shared/format.ts';

/** A position's facts in the reader's language. */
export function usePositionWords() {
  const { t, locale } = useI18n();
  return {
    pay: (position: Position) => payText(position, locale.value, t(`noun.payPeriod.${position.payPeriod}`)) ?? t('shared.payNegotiable'),
    kind: (position: Position) => t(`noun.positionKind.${position.kind}`),
    headcount: (position: Position) => t('shared.headcount', { count: position.headcount }),
    expires: (position: Position) => (position.expiresOn ? dateText(position.expiresOn, locale.value) : null),
  };
}
