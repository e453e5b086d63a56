import { computed, ref, shallowRef } from 'vue';
import type { ApplicationInput, MyApplication, ResumeForm } from '../../../contract/index.ts';
import type { Access } from '../../shared/access.ts';
import { newOnceId } from '../../shared/once.ts';
import { uploadFetch } from './upload.ts';

/** A résumé of 10 MB over a slow phone connection. */
const UPLOAD_TIMEOUT_MS = 180_000;

export interface ApplicationsOptions {
  /** The session an application is handed in during or after; null before it starts, when it counts for the fair alone. */
  sessionId: () => string | null;
  access: Access;
}

/** A viewer's own applications, and handing one in. */
export function createApplications({ sessionId, access }: ApplicationsOptions) {
  const held = shallowRef<ReadonlyMap<string, MyApplication>>(new Map());
  /** The last form handed in, for the next position. In memory only: it is personal data. */
  const lastForm = shallowRef<ResumeForm | null>(null);
  /** The part of the upload that was sent, 0…1; null while nothing is. */
  const progress = ref<number | null>(null);
  /** The id of an intent stays while what is handed in stays the same (rule A1). */
  let pending: { content: string; file: Blob | null; onceId: string } | null = null;

  const put = (application: MyApplication) => {
    held.value = new Map(held.value).set(application.id, application);
  };

  const sender = access.apiWith({
    timeoutMs: UPLOAD_TIMEOUT_MS,
    fetch: uploadFetch((part) => {
      progress.value = part;
    }),
  });

  return {
    all: computed(() => [...held.value.values()].sort((a, b) => b.submittedAt - a.submittedAt)),
    lastForm,
    progress,
    put,
    forPosition: (positionId: string) => [...held.value.values()].find((application) => application.positionId === positionId),
    async refresh(): Promise<void> {
      const { items } = await access.api.call('listMyApplications', { query: { limit: 200 } });
      held.value = new Map(items.map((application) => [application.id, application]));
    },
    /** @throws ReplyError or UnreachableError; calling again with the same content hands it in once */
    async submit(input: Pick<ApplicationInput, 'positionId' | 'form' | 'consent'>, file: File | null): Promise<MyApplication> {
      const content = JSON.stringify(input);
      if (pending?.content !== content || pending.file !== file) pending = { content, file, onceId: newOnceId() };
      progress.value = 0;
      try {
        const application = await sender.call('submitApplication', {
          body: { ...input, sessionId: sessionId(), onceId: pending.onceId },
          ...(file ? { file } : {}),
        });
        pending = null;
        lastForm.value = input.form;
        put(application);
        return application;
      } finally {
        progress.value = null;
      }
    },
    async withdraw(applicationId: string): Promise<void> {
      put(await access.api.call('withdrawApplication', { params: { applicationId } }));
    },
    async confirm(application: MyApplication, outcomeId: string): Promise<void> {
      const confirmed = await access.api.call('confirmOutcome', { params: { outcomeId } });
      const outcomes = application.outcomes.map((outcome) =>
        outcome.id === outcomeId ? { ...outcome, confirmedAt: confirmed.confirmedAt } : outcome,
      );
      put({ ...application, outcomes });
    },
    clear(): void {
      held.value = new Map();
      lastForm.value = null;
    },
  };
}
export type Applications = ReturnType<typeof createApplications>;
