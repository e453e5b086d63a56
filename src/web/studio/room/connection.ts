import { onScopeDispose, readonly, ref, shallowRef } from 'vue';
import { ReplyError } from '../../../client/api.ts';
import { createFeedCursor } from '../../../client/feed.ts';
import { openRoomSocket } from '../../../client/socket.ts';
import type { FeedEntry, Position, RoomCounts, Session, StageGuest } from '../../../contract/index.ts';
import type { Access } from '../../shared/access.ts';

export type RoomState = 'connecting' | 'joined' | 'reconnecting' | 'refused';

/** As many feed entries as the chat column keeps on the page. */
const KEPT_ENTRIES = 300;
const JOIN_RETRY_MS = 1_500;

/**
 * The recruiter's connection to a session: joins without receiving media (the
 * preview is the camera itself, and guests are subscribed to when there are any), follows the feed, and joins again by itself
 * after every reconnection. Ends with the component's scope.
 */
export function useRoom(access: Access, sessionId: string) {
  const state = ref<RoomState>('connecting');
  const refusal = shallowRef<Error | null>(null);
  const session = shallowRef<Session | null>(null);
  const pinned = shallowRef<Position | null>(null);
  const publishing = ref(false);
  /** Viewers on stage. */
  const guests = shallowRef<readonly StageGuest[]>([]);
  const selfKey = ref('');
  const counts = ref<RoomCounts>({ viewers: 0, visits: 0 });
  const entries = shallowRef<readonly FeedEntry[]>([]);
  /** The server's clock minus this browser's, milliseconds. */
  const clockOffset = ref(0);
  const onRejoined = new Set<() => void>();
  let retry: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const socket = openRoomSocket({ token: () => access.freshToken() });

  function applyEntry(entry: FeedEntry) {
    if (entry.type === 'pin') pinned.value = entry.position;
    else if (entry.type === 'stage') publishing.value = entry.publishing;
    else if (entry.type === 'guest') {
      const others = guests.value.filter(({ key }) => key !== entry.guest.key);
      guests.value = entry.on ? [...others, entry.guest].sort((a, b) => a.key.localeCompare(b.key)) : others;
    } else if (entry.type === 'session' && session.value) {
      const endedAt = entry.status === 'ended' ? (session.value.endedAt ?? entry.at) : session.value.endedAt;
      const liveAt = entry.status === 'live' ? (session.value.liveAt ?? entry.at) : session.value.liveAt;
      session.value = { ...session.value, status: entry.status, liveAt, endedAt };
    }
  }

  const feed = createFeedCursor({
    catchUp: (lastSeq) => socket.request('room.catchUp', { sessionId, lastSeq }),
    onEntries: (fresh) => {
      for (const entry of fresh) applyEntry(entry);
      entries.value = [...entries.value, ...fresh].slice(-KEPT_ENTRIES);
    },
    onReset: (kept) => {
      entries.value = kept.slice(-KEPT_ENTRIES);
    },
    onCounts: (fresh) => {
      counts.value = fresh;
    },
  });

  async function join() {
    clearTimeout(retry);
    const again = session.value !== null;
    feed.prepare();
    try {
      const lastSeq = feed.lastSeq;
      const snapshot = await socket.request('room.join', { sessionId, ...(lastSeq === undefined ? {} : { lastSeq }) });
      feed.start(snapshot.feed, snapshot.counts);
      session.value = snapshot.session;
      pinned.value = snapshot.pinned;
      publishing.value = snapshot.publishing;
      guests.value = snapshot.guests;
      selfKey.value = snapshot.self.key;
      clockOffset.value = snapshot.serverTime - Date.now();
      refusal.value = null;
      state.value = 'joined';
      if (again) for (const listener of onRejoined) listener();
    } catch (error) {
      if (closed) return;
      if (error instanceof ReplyError && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND')) {
        refusal.value = error;
        state.value = 'refused';
        return;
      }
      state.value = again ? 'reconnecting' : 'connecting';
      retry = setTimeout(() => {
        if (socket.raw.connected) void join();
      }, JOIN_RETRY_MS);
    }
  }

  async function renewToken() {
    const token = await access.renew();
    if (token) await socket.request('auth.renew', { token }).catch(() => undefined);
  }

  socket.raw.on('connect', () => void join());
  socket.raw.on('disconnect', (reason) => {
    if (closed) return;
    clearTimeout(retry);
    if (state.value === 'joined') state.value = 'reconnecting';
    // socket.io reconnects by itself except when the server itself closed the connection.
    if (reason === 'io server disconnect') retry = setTimeout(() => socket.raw.connect(), JOIN_RETRY_MS);
  });
  socket.raw.on('connect_error', () => {
    // Refused by the server's own door (an expired token), as opposed to the network: socket.io leaves this to us.
    if (!closed && !socket.raw.active) retry = setTimeout(() => socket.raw.connect(), JOIN_RETRY_MS);
  });
  socket.raw.on('room.frame', (frame) => {
    if (frame.sessionId === sessionId) feed.apply(frame);
  });
  socket.raw.on('auth.expiring', () => void renewToken());
  socket.raw.on('server.draining', ({ reconnectAfterMs }) => {
    clearTimeout(retry);
    retry = setTimeout(() => socket.raw.disconnect().connect(), reconnectAfterMs);
  });

  onScopeDispose(() => {
    closed = true;
    clearTimeout(retry);
    socket.close();
  });

  return {
    socket,
    state: readonly(state),
    refusal,
    session,
    pinned,
    publishing: readonly(publishing),
    guests,
    selfKey: readonly(selfKey),
    counts: readonly(counts),
    entries,
    clockOffset: readonly(clockOffset),
    /** Called after every join but the first: what was missed meanwhile is refetched. */
    onRejoined: (listener: () => void) => {
      onRejoined.add(listener);
    },
  };
}
export type Room = ReturnType<typeof useRoom>;
