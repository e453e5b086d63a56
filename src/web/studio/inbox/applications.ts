import { computed, ref, shallowRef } from 'vue';
import type { ApplicationListItem, OpenedApplication, RouteRequest } from '../../../contract/index.ts';
import { everyPage, PAGE_LIMIT } from '../../console/pages.ts';
import type { Access } from '../../shared/access.ts';
import type { Room } from '../room/connection.ts';

type OutcomeKind = RouteRequest<'recordOutcome'>['body']['kind'];

/** The applications that came out of a session: they arrive masked; opening one is recorded and shown to the applicant. */
export function useApplications(access: Access, room: Room, sessionId: string) {
  const byId = shallowRef<ReadonlyMap<string, ApplicationListItem>>(new Map());
  const opened = shallowRef<OpenedApplication | null>(null);
  const fresh = ref<Record<string, true>>({});

  const list = computed(() => [...byId.value.values()].sort((a, b) => b.submittedAt - a.submittedAt));
  const freshTotal = computed(() => Object.keys(fresh.value).length);
  const put = (application: ApplicationListItem) => {
    byId.value = new Map(byId.value).set(application.id, application);
  };

  async function load(): Promise<void> {
    const all = await everyPage((cursor) => access.api.call('listApplications', { query: { sessionId, limit: PAGE_LIMIT, cursor } }));
    const known = byId.value;
    byId.value = new Map(all.map((application) => [application.id, application]));
    // What arrived while the connection was away is marked as if it had been seen arriving.
    if (known.size > 0) for (const { id } of all) if (!known.has(id)) fresh.value[id] = true;
  }

  async function open(applicationId: string): Promise<void> {
    const application = await access.api.call('openApplication', { params: { applicationId } });
    opened.value = application;
    delete fresh.value[applicationId];
    const { form: _form, file: _file, outcomes: _outcomes, ...item } = application;
    put(item);
  }

  async function record(applicationId: string, kind: OutcomeKind, onceId: string): Promise<void> {
    const outcome = await access.api.call('recordOutcome', { params: { applicationId }, body: { kind, onceId } });
    if (opened.value?.id === applicationId && !opened.value.outcomes.some(({ id }) => id === outcome.id)) {
      opened.value = { ...opened.value, latestOutcome: kind, outcomes: [...opened.value.outcomes, outcome] };
    }
    const item = byId.value.get(applicationId);
    if (item) put({ ...item, latestOutcome: kind });
  }

  room.socket.raw.on('application.arrived', ({ application }) => {
    if (application.sessionId !== sessionId) return;
    if (!byId.value.has(application.id)) fresh.value[application.id] = true;
    put(application);
  });

  return {
    list,
    opened,
    fresh,
    freshTotal,
    load,
    open,
    record,
    dismiss: () => {
      opened.value = null;
    },
  };
}
export type Applications = ReturnType<typeof useApplications>;
