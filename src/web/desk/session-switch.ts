import { useI18n } from 'vue-i18n';
import type { Session } from '../../contract/index.ts';
import { useAccess } from '../console/access.ts';
import { useAction } from '../console/action.ts';
import { useConfirm } from '../console/confirm.ts';

/** Starting and ending a session from the desk, each asked for first. `changed` is called after either. */
export function useSessionSwitch(changed: () => Promise<unknown>) {
  const { t } = useI18n();
  const access = useAccess();
  const confirm = useConfirm();
  const start = useAction(async (session: Session) => {
    const question = {
      title: t('desk.session.startTitle'),
      text: t('desk.session.startText', { title: session.title }),
      yes: t('desk.session.start'),
    };
    if (!(await confirm(question))) return;
    await access.api.call('startSession', { params: { sessionId: session.id } });
    await changed();
  });
  const end = useAction(async (session: Session) => {
    const question = {
      title: t('desk.session.endTitle'),
      text: t('desk.session.endText', { title: session.title }),
      yes: t('desk.session.end'),
    };
    if (!(await confirm({ ...question, danger: true }))) return;
    await access.api.call('endSession', { params: { sessionId: session.id } });
    await changed();
  });
  return { start, end };
}
