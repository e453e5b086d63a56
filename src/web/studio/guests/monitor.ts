import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue';
import type { ReceivedTrack, ReceiverState } from '../../../client/media-receiver.ts';
import type { MediaReception } from '../../../client/media-reception.ts';
import type { Room } from '../room/connection.ts';
import type { Entrance } from '../room/entrance.ts';

/**
 * What the studio receives of its own stage: guests, seen and heard, and the
 * picture of an encoder or a colleague that sends in this page's place. What
 * this page itself sends is not sent back to it. Nothing is received while
 * `wanted` is false.
 */
export function useMonitor(room: Room, sessionId: string, entrance: Entrance, wanted: Readonly<Ref<boolean>>) {
  const tracks = shallowRef<readonly ReceivedTrack[]>([]);
  const state = ref<ReceiverState>('idle');
  let reception: MediaReception | null = null;
  // Wanting may change while the media library is being loaded.
  let turn = 0;

  async function open(): Promise<void> {
    const mine = ++turn;
    const [{ Device }, { createMediaReception }, routerRtpCapabilities] = await Promise.all([
      import('mediasoup-client'),
      import('../../../client/media-reception.ts'),
      entrance.load(),
    ]);
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities: routerRtpCapabilities as Parameters<typeof device.load>[0]['routerRtpCapabilities'] });
    if (mine !== turn) return;
    reception = createMediaReception({
      device,
      socket: room.socket,
      stageId: sessionId,
      onTracks: (received) => {
        tracks.value = received;
        for (const { consumerId, kind, seat, layers } of received) {
          // Guests are small tiles here; the smallest layer fills them.
          if (kind === 'video' && seat === 'guest' && layers.spatial > 1) reception?.preferLayer(consumerId, 0, layers.temporal - 1);
        }
      },
      onState: (next) => {
        state.value = next;
      },
    });
    await reception.begin(null);
  }

  function close(): void {
    turn += 1;
    reception?.close();
    reception = null;
    tracks.value = [];
    state.value = 'idle';
  }

  watch(
    () => wanted.value && room.state.value !== 'connecting',
    (needed) => {
      if (needed) open().catch(close);
      else close();
    },
    { immediate: true },
  );
  room.onRejoined(() => {
    if (reception) void reception.begin(null);
    else if (wanted.value) open().catch(close);
  });
  onScopeDispose(close);

  return {
    tracks,
    state,
    pictureOf: (publisherId: string | null) =>
      tracks.value.find((track) => track.kind === 'video' && track.publisherId === publisherId)?.track ?? null,
  };
}
export type Monitor = ReturnType<typeof useMonitor>;
