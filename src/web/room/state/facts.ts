import { computed, ref, shallowRef } from 'vue';
import type { FeedEntry, Position, RoomCounts, Session, Snapshot } from '../../../contract/index.ts';

/** How things stand in a session: what a join answers, and what the feed changes of it. */
export function createFacts() {
  const session = shallowRef<Session | null>(null);
  const self = shallowRef<Snapshot['self'] | null>(null);
  const pinned = shallowRef<Position | null>(null);
  const publishing = ref(false);
  const counts = shallowRef<RoomCounts>({ viewers: 0, visits: 0 });
  /** Server time minus this machine's, milliseconds. */
  const clockOffset = ref(0);
  /** The sequence up to which the newest snapshot already says how things stand. */
  let snapshotSeq = 0;

  return {
    session,
    self,
    pinned,
    publishing,
    counts,
    clockOffset,
    ended: computed(() => session.value?.status === 'ended' || session.value?.status === 'sealed'),
    live: computed(() => session.value?.status === 'live'),
    take(snapshot: Snapshot): void {
      clockOffset.value = snapshot.serverTime - Date.now();
      self.value = snapshot.self;
      session.value = snapshot.session;
      pinned.value = snapshot.pinned;
      publishing.value = snapshot.publishing;
      snapshotSeq = snapshot.feed.lastSeq;
    },
    /** Follows the entries that are newer than the snapshot; answers those. */
    absorb(entries: FeedEntry[]): FeedEntry[] {
      const news = entries.filter(({ seq }) => seq > snapshotSeq);
      for (const entry of news) {
        if (entry.type === 'pin') pinned.value = entry.position;
        else if (entry.type === 'stage') publishing.value = entry.publishing;
        else if (entry.type === 'session' && session.value) session.value = { ...session.value, status: entry.status };
      }
      return news;
    },
  };
}
