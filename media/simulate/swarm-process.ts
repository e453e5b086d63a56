/** A process of headless viewers, started by swarm-crowd.ts; it ends when its parent goes. */
import { type SwarmNews, swarmOrderSchema, type ViewerCount } from './swarm-messages.ts';
import { openPeer, type Peer } from './swarm-peer.ts';

/** A viewer keeps its counts when it connects anew. */
interface Seat {
  peer: Peer;
  count: ViewerCount;
}

const seats = new Map<string, Seat>();
const tell = (news: SwarmNews): void => {
  process.send?.(news);
};
const now = (): number => performance.timeOrigin + performance.now();

const nothingYet = (id: string): ViewerCount => ({
  id,
  state: 'new',
  packets: 0,
  bytes: 0,
  connectedAt: null,
  firstPacketAt: null,
  lastPacketAt: null,
  longestGapMs: 0,
  gapEndedAt: null,
});

function received(count: ViewerCount, bytes: number): void {
  const at = now();
  count.packets++;
  count.bytes += bytes;
  const gap = at - (count.lastPacketAt ?? at);
  if (gap > count.longestGapMs) {
    count.longestGapMs = gap;
    count.gapEndedAt = at;
  }
  count.firstPacketAt ??= at;
  count.lastPacketAt = at;
}

function take(id: string, count: ViewerCount): Seat {
  count.connectedAt = null;
  const peer = openPeer({
    packet: (_, bytes) => received(count, bytes),
    state(state) {
      if (seats.get(id)?.peer !== peer) return;
      count.state = state;
      if (state === 'connected') count.connectedAt ??= now();
    },
  });
  const seat = { peer, count };
  seats.set(id, seat);
  return seat;
}

function seatOf(id: string, anew: boolean): Seat {
  const known = seats.get(id);
  if (known && !anew) return known;
  known?.peer.close();
  return take(id, known?.count ?? nothingYet(id));
}

/** The counts until now; the longest gap is looked for again when it is counted anew. */
function countAll(anew: boolean): ViewerCount[] {
  const counts = [...seats.values()].map(({ count }) => ({ ...count }));
  if (anew) for (const { count } of seats.values()) count.longestGapMs = 0;
  return counts;
}

process.on('message', (message) => {
  const order = swarmOrderSchema.parse(message);
  switch (order.type) {
    case 'answer': {
      const { id, call, offer, anew } = order;
      Promise.resolve()
        .then(() => seatOf(id, anew).peer.answer(offer))
        .then(
          (answer) => tell({ type: 'answered', call, answer }),
          (error: unknown) => tell({ type: 'refused', call, reason: String(error) }),
        );
      return;
    }
    case 'close':
      seats.get(order.id)?.peer.close();
      seats.delete(order.id);
      return;
    case 'count':
      tell({ type: 'counted', call: order.call, viewers: countAll(order.anew) });
      return;
    default:
      order satisfies never;
  }
});
// Native threads would otherwise keep a process whose parent was killed.
process.once('disconnect', () => process.exit(0));
tell({ type: 'ready' });
