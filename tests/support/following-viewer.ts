import { dtlsOf, offerOf } from '../../media/simulate/swarm-offer.ts';
import { openPeer, type Peer } from '../../media/simulate/swarm-peer.ts';
import type { ConsumerOptions, MediaEvents, MediaPlane, TransportOptions } from '../../media/types.ts';

/** What a viewer needs of a plane: the plane itself, or a connection to a room. */
export type FollowedPlane = Pick<
  MediaPlane,
  'routerRtpCapabilities' | 'subscribe' | 'connectSubscriber' | 'resume' | 'unsubscribe' | 'on' | 'off'
>;

/** A viewer that does what the room's page does: takes what is added, forgets what ends, asks again when it has lost its media. */
export interface FollowingViewer {
  id: string;
  /** Of pictures, by performance.now(); 0 before the first. */
  lastPacketAt(): number;
  packets(): number;
  /** The longest time without a packet since the last call, up to now, ms. */
  longestGap(): number;
  /** How often it subscribed. */
  subscriptions(): number;
  close(): Promise<void>;
}

export async function follow(plane: FollowedPlane, stageId: string, id: string): Promise<FollowingViewer> {
  let peer: Peer | undefined;
  let transport: TransportOptions | undefined;
  let consumers: ConsumerOptions[] = [];
  let ended = new Set<string>();
  let connected = false;
  let counted = { packets: 0, lastAt: 0, subscriptions: 0, gap: 0 };
  let work: Promise<void> = Promise.resolve();
  let closed = false;
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    work = work.then(() => (closed ? undefined : act())).catch(() => undefined);
    return work;
  };

  const negotiate = async (): Promise<void> => {
    if (!peer || !transport || consumers.length === 0) return;
    const answer = await peer.answer(offerOf({ transport, consumers }, ended));
    if (connected) return;
    connected = true;
    await plane.connectSubscriber(stageId, id, transport.id, dtlsOf(answer));
  };
  const subscribe = async (): Promise<void> => {
    const subscription = await plane.subscribe(stageId, id, plane.routerRtpCapabilities);
    peer?.close();
    transport = subscription.transport;
    consumers = [...subscription.consumers];
    ended = new Set();
    connected = false;
    counted.subscriptions++;
    peer = openPeer({
      packet(mid) {
        if (consumers[Number(mid)]?.kind !== 'video') return;
        const now = performance.now();
        const gap = counted.packets > 0 ? Math.max(counted.gap, now - counted.lastAt) : 0;
        counted = { ...counted, packets: counted.packets + 1, lastAt: now, gap };
      },
      state: () => undefined,
    });
    await negotiate();
  };
  const own = ({ stageId: stage, subscriberId }: { stageId: string; subscriberId: string }) => stage === stageId && subscriberId === id;
  const onAdded = (event: MediaEvents['consumerAdded'][0]) => {
    if (!own(event)) return;
    void inTurn(async () => {
      if (consumers.some((known) => known.id === event.consumer.id)) return;
      consumers.push(event.consumer);
      await negotiate();
      await plane.resume(stageId, id, [event.consumer.id]);
    });
  };
  const onClosed = (event: MediaEvents['consumerClosed'][0]) => {
    if (own(event)) void inTurn(async () => void ended.add(event.consumerId));
  };
  const onLost = (event: MediaEvents['subscriberLost'][0]) => {
    if (own(event)) void inTurn(subscribe);
  };
  plane.on('consumerAdded', onAdded);
  plane.on('consumerClosed', onClosed);
  plane.on('subscriberLost', onLost);
  await inTurn(subscribe);
  return {
    id,
    lastPacketAt: () => counted.lastAt,
    packets: () => counted.packets,
    longestGap() {
      const gap = Math.max(counted.gap, performance.now() - counted.lastAt);
      counted = { ...counted, gap: 0 };
      return gap;
    },
    subscriptions: () => counted.subscriptions,
    async close() {
      closed = true;
      plane.off('consumerAdded', onAdded);
      plane.off('consumerClosed', onClosed);
      plane.off('subscriberLost', onLost);
      await work;
      peer?.close();
      await plane.unsubscribe(stageId, id);
    },
  };
}
