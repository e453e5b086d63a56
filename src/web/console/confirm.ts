import { useI18n } from 'vue-i18n';
import { ElMessageBox } from './element.ts';

/** Asks before something that cannot be taken back; resolves to whether it was agreed to. */
export function useConfirm() {
  const { t } = useI18n();
  return async (question: { title: string; text: string; yes: string; danger?: boolean }): Promise<boolean> => {
    try {
      await ElMessageBox.confirm(question.text, question.title, {
        confirmButtonText: question.yes,
        cancelButtonText: t('shared.cancel'),
        confirmButtonType: question.danger ? 'danger' : 'primary',
        customClass: 'console-confirm',
        closeOnClickModal: false,
      });
      return true;
    } catch {
      return false;
    }
  };
}
