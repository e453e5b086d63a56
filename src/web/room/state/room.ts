import { computed, type InjectionKey, inject, ref, shallowRef, watchEffect } from 'vue';
import { ReplyError } from '../../../client/api.ts';
import { createFeedCursor } from '../../../client/feed.ts';
import type { RoomSocket } from '../../../client/socket.ts';
import type { FeedEntry, Position, RoomEntrance } from '../../../contract/index.ts';
import { type Calls, createCalls } from '../../call/calls.ts';
import { createAccess } from '../../shared/access.ts';
import { createApplications } from './applications.ts';
import { createChat } from './chat.ts';
import { createConsultations } from './consultations.ts';
import { createFacts } from './facts.ts';
import { createRoomMedia } from './media.ts';
import { createOnStage } from './on-stage.ts';
import { createOpenings } from './openings.ts';
import { createPositions } from './positions.ts';
import type { ConnectedRoom } from './room-socket.ts';
import { createSheets, type Sheet } from './sheets.ts';
import { createToasts } from './toasts.ts';

/** entering: before the first answer; joined: in the session; refused: the link leads nowhere or the server says no. */
export type RoomPhase = 'entering' | 'joining' | 'joined' | 'refused';

const ENTER_RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

/** One viewer in one session: everything the page shows, and what it can do. */
export function createRoom({ sessionId, campus }: { sessionId: string; campus: string | undefined }) {
  const phase = ref<RoomPhase>('entering');
  const online = ref(false);
  const refusal = shallowRef<unknown>(null);
  const facts = createFacts();
  const { session, self, pinned, publishing, counts, clockOffset, ended, live } = facts;
  /** The phone number given at this page, so that nobody types it twice. In memory only. */
  const phone = ref('');
  const capabilities = shallowRef<RoomEntrance['routerRtpCapabilities'] | null>(null);
  /** null until the connection was opened. */
  const calls = shallowRef<Calls | null>(null);
  let connected: ConnectedRoom | null = null;

  const enter = (api: ReturnType<typeof createAccess>['api']) =>
    api.call('enterRoom', { params: { sessionId }, body: campus ? { campus } : {} });
  const access = createAccess({ kind: 'viewer', renewWith: async (api) => (await enter(api)).signedIn });
  const isMember = computed(() => access.signIn.value?.role === 'viewer');

  const request: RoomSocket['request'] = (event, payload) => {
    if (!connected) return Promise.reject(new Error('the room is not open yet'));
    return connected.socket.request(event, payload);
  };

  const sheets = createSheets();
  const toasts = createToasts();
  const media = createRoomMedia({ sessionId });
  const onStage = createOnStage({
    sessionId,
    request,
    connection: () => (connected && capabilities.value ? { socket: connected.socket, routerRtpCapabilities: capabilities.value } : null),
    selfKey: () => self.value?.key ?? null,
  });
  const { positions, load: loadPositions } = createPositions({ sessionId, api: access.api });
  const openings = createOpenings({ sessionId, request });
  const chat = createChat({ send: (id, text) => request('chat.send', { sessionId, id, text }) });
  const consultations = createConsultations({ sessionId, api: access.api, request });
  const applications = createApplications({
    sessionId: () => (session.value?.status === 'scheduled' ? null : sessionId),
    access,
  });

  function absorb(entries: FeedEntry[]): void {
    for (const entry of facts.absorb(entries)) if (entry.type === 'guest') onStage.onEntry(entry);
    // Nobody's camera stays on for a stage that is no more.
    if (ended.value) onStage.close();
  }

  const cursor = createFeedCursor({
    catchUp: (lastSeq) => request('room.catchUp', { sessionId, lastSeq }),
    onEntries: (entries) => {
      absorb(entries);
      chat.append(entries);
    },
    onReset: (entries) => {
      absorb(entries);
      chat.reset(entries);
    },
    onCounts: (now) => {
      counts.value = now;
    },
  });

  async function join(): Promise<void> {
    const joining = connected;
    if (!joining?.socket.raw.connected) return;
    const connection = joining.socket.raw.id;
    cursor.prepare();
    const rtpCapabilities = media.rtpCapabilities();
    const payload = {
      sessionId,
      ...(campus ? { campus } : {}),
      ...(cursor.lastSeq === undefined ? {} : { lastSeq: cursor.lastSeq }),
      ...(rtpCapabilities ? { rtpCapabilities } : {}),
    };
    if (performance.getEntriesByName('gangbo:join').length === 0) performance.mark('gangbo:join');
    try {
      const snapshot = await joining.socket.request('room.join', payload);
      void media.begin(snapshot.media);
      facts.take(snapshot);
      onStage.onSnapshot(snapshot);
      cursor.start(snapshot.feed, snapshot.counts);
      phase.value = 'joined';
      online.value = true;
      refusal.value = null;
      chat.retryFailed();
      void openings.tell();
      void loadPositions();
      if (isMember.value) void refreshOwn();
    } catch (error) {
      // A newer connection has joined, or is about to.
      if (joining.socket.raw.id !== connection) return;
      if (error instanceof ReplyError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) {
        refusal.value = error;
        phase.value = 'refused';
        joining.close();
      } else joining.reconnectSoon();
    }
  }

  // While one talks alone with a recruiter the room is silent.
  watchEffect(() => {
    media.elsewhere.value = calls.value?.busy.value ?? false;
  });

  async function refreshOwn(): Promise<void> {
    await Promise.allSettled([consultations.refresh(), applications.refresh()]);
  }

  async function open(attempt = 0): Promise<void> {
    phase.value = 'entering';
    const library = import('mediasoup-client');
    const receiving = import('../../../client/media-reception.ts');
    const connection = import('./room-socket.ts');
    library.catch(() => undefined);
    receiving.catch(() => undefined);
    try {
      const [entrance, { connectRoom }] = await Promise.all([enter(access.api), connection]);
      access.accept(entrance.signedIn);
      session.value = entrance.session;
      capabilities.value = entrance.routerRtpCapabilities;
      phase.value = 'joining';
      const opened = connectRoom({
        sessionId,
        access,
        onConnected: () => void ready.then(join),
        onDisconnected: () => {
          online.value = false;
        },
        onFrame: cursor.apply,
        onStage,
        consultations,
        applications,
      });
      connected = opened;
      // The device is asked what it can receive while the socket connects.
      const ready = media.prepare(entrance.routerRtpCapabilities, library).then(() => media.attach(opened.socket, receiving));
      calls.value = createCalls({ socket: opened.socket, self: 'viewer', routerRtpCapabilities: capabilities, clockOffset });
    } catch (error) {
      if (error instanceof ReplyError && error.code !== 'RATE_LIMITED' && error.code !== 'OVERLOADED' && error.code !== 'INTERNAL') {
        refusal.value = error;
        phase.value = 'refused';
        return;
      }
      refusal.value = error;
      const wait = ENTER_RETRY_MS[Math.min(attempt, ENTER_RETRY_MS.length - 1)];
      setTimeout(() => void open(attempt + 1), wait);
    }
  }

  return {
    sessionId,
    phase,
    online,
    refusal,
    session,
    self,
    pinned,
    publishing,
    counts,
    positions,
    clockOffset,
    phone,
    ended,
    live,
    isMember,
    access,
    sheets,
    toasts,
    media,
    onStage,
    calls,
    chat,
    consultations,
    applications,
    open: () => void open(),
    loadPositions,
    /** Shows a position's card; counted once per opening (rule P1) while the session is live. */
    openPosition(position: Position): void {
      sheets.open({ name: 'position', position });
      if (!live.value) return;
      openings.add(position.id);
    },
    /** True at once for a member; asks a guest to sign in and answers whether that happened. */
    async needMember(why: Extract<Sheet, { name: 'signIn' }>['why']): Promise<boolean> {
      if (isMember.value) return true;
      return new Promise((done) => sheets.open({ name: 'signIn', why, done }));
    },
    /** After signing in: the same connection goes on as the account, and so does the visit (rule V2). */
    async signedIn(signedIn: Parameters<typeof access.accept>[0]): Promise<void> {
      access.accept(signedIn);
      await connected?.renew(signedIn.token);
      await Promise.allSettled([refreshOwn(), calls.value?.refresh()]);
    },
    async signOut(): Promise<void> {
      await access.signOut().catch(() => undefined);
      consultations.clear();
      applications.clear();
      phone.value = '';
      await access.renew();
      connected?.reconnectSoon(0);
    },
    close(): void {
      calls.value?.close();
      onStage.close();
      media.close();
      connected?.close();
    },
  };
}
export type Room = ReturnType<typeof createRoom>;

export const roomKey: InjectionKey<Room> = Symbol('room');

/** The room this page shows. */
export function useRoom(): Room {
  const room = inject(roomKey);
  if (!room) throw new Error('no room was provided to this page');
  return room;
}
