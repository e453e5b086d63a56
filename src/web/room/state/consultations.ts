import { computed, shallowRef } from 'vue';
import type { Api } from '../../../client/api.ts';
import type { RoomSocket } from '../../../client/socket.ts';
import type { Consultation, ConsultationMessage, ServerEventPayload } from '../../../contract/index.ts';
import { newOnceId } from '../../shared/once.ts';

interface Conversation {
  consultation: Consultation;
  /** null until they were loaded. */
  messages: ConsultationMessage[] | null;
}

export interface ConsultationsOptions {
  sessionId: string;
  api: Api;
  request: RoomSocket['request'];
}

/** A viewer's own consultations in this session, one a company. */
export function createConsultations({ sessionId, api, request }: ConsultationsOptions) {
  const held = shallowRef<ReadonlyMap<string, Conversation>>(new Map());
  const unread = shallowRef<ReadonlySet<string>>(new Set());
  /** The conversation on the screen, whose messages count as read. */
  let shown: string | null = null;
  /** An unanswered message keeps its id while its text stays the same, so that sending again says it once. */
  let pending: { to: string; text: string; onceId: string } | null = null;

  function put(consultation: Consultation, message?: ConsultationMessage): void {
    if (consultation.sessionId !== sessionId) return;
    const former = held.value.get(consultation.id);
    const messages = former?.messages ?? null;
    const known = message === undefined || messages?.some(({ id }) => id === message.id);
    const next = known || !message ? messages : messages ? [...messages, message] : messages;
    held.value = new Map(held.value).set(consultation.id, { consultation, messages: next });
  }

  function markRead(id: string): void {
    if (!unread.value.has(id)) return;
    unread.value = new Set([...unread.value].filter((other) => other !== id));
  }

  async function load(consultationId: string): Promise<void> {
    const { items } = await api.call('listConsultationMessages', { params: { consultationId }, query: { limit: 200 } });
    const conversation = held.value.get(consultationId);
    if (!conversation) return;
    const loaded = new Set(items.map(({ id }) => id));
    const later = (conversation.messages ?? []).filter(({ id }) => !loaded.has(id));
    held.value = new Map(held.value).set(consultationId, { ...conversation, messages: [...items, ...later] });
  }

  async function deliver(
    to: string,
    text: string,
    send: (onceId: string) => ReturnType<typeof request<'consultation.ask'>>,
  ): Promise<void> {
    if (pending?.to !== to || pending.text !== text) pending = { to, text, onceId: newOnceId() };
    const { consultation, message } = await send(pending.onceId);
    pending = null;
    const first = !held.value.has(consultation.id);
    put(consultation, message);
    if (first || held.value.get(consultation.id)?.messages === null) await load(consultation.id);
  }

  return {
    all: computed(() => [...held.value.values()]),
    unreadCount: computed(() => unread.value.size),
    /** The newest conversation with a company, open or closed. */
    withCompany: (companyId: string) =>
      [...held.value.values()]
        .filter(({ consultation }) => consultation.companyId === companyId)
        .sort((a, b) => b.consultation.askedAt - a.consultation.askedAt)[0],
    async refresh(): Promise<void> {
      const { items } = await api.call('listMyConsultations', { query: { sessionId, limit: 50 } });
      for (const consultation of items) put(consultation);
      await Promise.allSettled(items.filter(({ id }) => held.value.get(id)?.messages !== null).map(({ id }) => load(id)));
    },
    /** The conversation is on the screen (or none is, with null). */
    async show(consultationId: string | null): Promise<void> {
      shown = consultationId;
      if (!consultationId) return;
      markRead(consultationId);
      if (held.value.get(consultationId)?.messages === null) await load(consultationId);
    },
    /** @throws ReplyError or UnreachableError; calling again with the same text says it once */
    ask: (companyId: string, positionId: string | null, text: string) =>
      deliver(companyId, text, (onceId) => request('consultation.ask', { sessionId, companyId, positionId, onceId, text })),
    /** @throws ReplyError or UnreachableError; calling again with the same text says it once */
    send: (consultationId: string, text: string) =>
      deliver(consultationId, text, (onceId) => request('consultation.send', { consultationId, onceId, text })),
    onMessage({ consultation, message }: ServerEventPayload<'consultation.message'>): void {
      put(consultation, message);
      if (message.from === 'recruiter' && shown !== consultation.id) unread.value = new Set([...unread.value, consultation.id]);
    },
    onUpdate: ({ consultation }: ServerEventPayload<'consultation.updated'>) => put(consultation),
    clear(): void {
      held.value = new Map();
      unread.value = new Set();
    },
  };
}
export type Consultations = ReturnType<typeof createConsultations>;
