import { computed, ref, shallowRef } from 'vue';
import type { Consultation, ConsultationMessage } from '../../../contract/index.ts';
import { everyPage, PAGE_LIMIT } from '../../console/pages.ts';
import type { Access } from '../../shared/access.ts';
import { newOnceId } from '../../shared/once.ts';
import type { Room } from '../room/connection.ts';

const order = { waiting: 0, active: 1, closed: 2 } as const;

/** The consultations of a session's companies: the queue, the open conversation, what has not been read. */
export function useConsultations(access: Access, room: Room, sessionId: string) {
  const byId = shallowRef<ReadonlyMap<string, Consultation>>(new Map());
  const unread = ref<Record<string, number>>({});
  const openId = ref<string | null>(null);
  const messages = shallowRef<readonly ConsultationMessage[]>([]);

  /** Waiting first in the order of asking, then those talking, then the closed, newest first. */
  const list = computed(() =>
    [...byId.value.values()].sort(
      (a, b) => order[a.status] - order[b.status] || (a.status === 'waiting' ? a.askedAt - b.askedAt : b.askedAt - a.askedAt),
    ),
  );
  const open = computed(() => (openId.value ? (byId.value.get(openId.value) ?? null) : null));
  const unreadTotal = computed(() => Object.values(unread.value).reduce((sum, count) => sum + count, 0));

  const put = (consultation: Consultation) => {
    byId.value = new Map(byId.value).set(consultation.id, consultation);
  };
  const add = (message: ConsultationMessage) => {
    if (message.consultationId !== openId.value || messages.value.some(({ id }) => id === message.id)) return;
    messages.value = [...messages.value, message].sort((a, b) => a.at - b.at || a.id.localeCompare(b.id));
  };

  async function load(): Promise<void> {
    const all = await everyPage((cursor) =>
      access.api.call('listConsultations', { params: { sessionId }, query: { limit: PAGE_LIMIT, cursor } }),
    );
    byId.value = new Map(all.map((consultation) => [consultation.id, consultation]));
    for (const { id, status, lastMessage } of all) {
      if (status !== 'closed' && lastMessage?.from === 'viewer' && id !== openId.value) unread.value[id] ??= 1;
    }
    if (openId.value) await loadMessages(openId.value);
  }

  async function loadMessages(consultationId: string): Promise<void> {
    const all = await everyPage((cursor) =>
      access.api.call('listConsultationMessages', { params: { consultationId }, query: { limit: PAGE_LIMIT, cursor } }),
    );
    if (openId.value === consultationId) messages.value = all;
  }

  async function show(consultationId: string | null): Promise<void> {
    openId.value = consultationId;
    messages.value = [];
    if (!consultationId) return;
    delete unread.value[consultationId];
    await loadMessages(consultationId);
  }

  /** @param onceId kept by the caller while the same answer is tried again */
  async function answer(consultationId: string, text: string, onceId = newOnceId()): Promise<void> {
    const sent = await room.socket.request('consultation.send', { consultationId, onceId, text });
    put(sent.consultation);
    add(sent.message);
  }

  async function close(consultationId: string): Promise<void> {
    put((await room.socket.request('consultation.close', { consultationId })).consultation);
  }

  room.socket.raw.on('consultation.message', ({ consultation, message }) => {
    if (consultation.sessionId !== sessionId) return;
    put(consultation);
    add(message);
    if (message.from === 'viewer' && consultation.id !== openId.value) {
      unread.value[consultation.id] = (unread.value[consultation.id] ?? 0) + 1;
    }
  });
  room.socket.raw.on('consultation.updated', ({ consultation }) => {
    if (consultation.sessionId === sessionId) put(consultation);
  });

  return { list, open, messages, unread, unreadTotal, load, show, answer, close };
}
export type Consultations = ReturnType<typeof useConsultations>;
