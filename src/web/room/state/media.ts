import type { Device } from 'mediasoup-client/types';
import { computed, ref, shallowRef, watch } from 'vue';
import type { ReceivedTrack, ReceiverState } from '../../../client/media-receiver.ts';
import type { MediaReception } from '../../../client/media-reception.ts';
import type { RoomSocket } from '../../../client/socket.ts';
import type { RoomEntrance, Snapshot } from '../../../contract/index.ts';
import { keepQuality, keptQuality } from './kept-quality.ts';
import { layersFor, type Quality } from './layers.ts';
import { createReceptionWatch } from './reception-watch.ts';

/** A tab looked away from for this long stops costing data for pictures. */
const HIDDEN_PAUSE_MS = 8_000;
/** How long the lead's last frame stays when its pictures are gone: most of the time they come back. */
const HOLD_MS = 5_000;
/** A tile that is being resized says how large it is when it is done. */
const SETTLE_MS = 250;

export type MediaSupport = 'unknown' | 'supported' | 'unsupported';

/** What the viewer sees and hears of a session: what is received, and how much of it is wanted. */
export function createRoomMedia({ sessionId }: { sessionId: string }) {
  const state = ref<ReceiverState>('idle');
  const support = ref<MediaSupport>('unknown');
  const received = shallowRef<ReceivedTrack[]>([]);
  /** Pictures of the lead that have just gone. */
  const leaving = shallowRef<ReceivedTrack[]>([]);
  const quality = ref<Quality>(keptQuality());
  const hidden = ref(false);
  /** Something else has the person's eyes and ears: a one-to-one call. */
  const elsewhere = ref(false);
  const videoWanted = computed(() => quality.value !== 'audio' && !hidden.value && !elsewhere.value);
  const tracks = computed(() => [...received.value, ...leaving.value]);
  let device: Device | null = null;
  let reception: MediaReception | null = null;
  let hold: ReturnType<typeof setTimeout> | undefined;

  const isLeadPicture = ({ kind, seat }: ReceivedTrack) => kind === 'video' && seat === 'lead';
  function take(next: ReceivedTrack[]): void {
    const former = tracks.value.filter(isLeadPicture);
    received.value = next;
    clearTimeout(hold);
    leaving.value = next.some(isLeadPicture) ? [] : former;
    if (leaving.value.length === 0) return;
    hold = setTimeout(() => {
      leaving.value = [];
    }, HOLD_MS);
  }

  /** Device pixels in height of what each picture is shown as; 0 where it is not shown. */
  const lines = new Map<string, number>();
  /** Tracks of which the largest layer is wanted. */
  const topWanted = new Set<string>();
  let settle: ReturnType<typeof setTimeout> | undefined;
  function prefer(): void {
    for (const track of received.value) {
      const shown = lines.get(track.consumerId);
      if (track.kind !== 'video' || shown === undefined) continue;
      const { spatial, temporal } = layersFor(track, shown, quality.value);
      if (spatial === track.layers.spatial - 1) topWanted.add(track.track.id);
      else topWanted.delete(track.track.id);
      if (track.layers.spatial * track.layers.temporal > 1) reception?.preferLayer(track.consumerId, spatial, temporal);
    }
  }
  function preferSoon(): void {
    clearTimeout(settle);
    settle = setTimeout(prefer, SETTLE_MS);
  }
  watch(received, (now) => {
    const known = new Set(now.map(({ consumerId }) => consumerId));
    for (const consumerId of lines.keys()) if (!known.has(consumerId)) lines.delete(consumerId);
    topWanted.clear();
    preferSoon();
  });

  watch(videoWanted, (wanted) => void reception?.wantVideo(wanted));
  watch(quality, (chosen) => {
    keepQuality(chosen);
    prefer();
  });

  let watched = '';
  const {
    reading,
    weak,
    close: closeWatch,
  } = createReceptionWatch({
    stats: async () => (await reception?.stats()) ?? null,
    watched: () => (topWanted.has(watched) ? watched : null),
  });

  let looksAway: ReturnType<typeof setTimeout> | undefined;
  function onVisibility(): void {
    clearTimeout(looksAway);
    if (document.visibilityState === 'visible') hidden.value = false;
    else
      looksAway = setTimeout(() => {
        hidden.value = true;
      }, HIDDEN_PAUSE_MS);
  }

  return {
    state,
    support,
    tracks,
    quality,
    videoWanted,
    elsewhere,
    /** How it is received, read every few seconds; null while nothing is. */
    reading,
    /** The network is too weak for what is wanted. */
    weak,
    /** Loads the media library and asks the browser what it can receive. Never fails: without media the room is text and cards. */
    async prepare(routerRtpCapabilities: RoomEntrance['routerRtpCapabilities'], library: Promise<typeof import('mediasoup-client')>) {
      try {
        const { Device: MediaDevice } = await library;
        device = await MediaDevice.factory();
        await device.load({ routerRtpCapabilities: routerRtpCapabilities as Parameters<Device['load']>[0]['routerRtpCapabilities'] });
        support.value = 'supported';
      } catch {
        device = null;
        support.value = 'unsupported';
      }
    },
    /** With the socket of the room, once there is one. */
    async attach(socket: RoomSocket, receiving: Promise<typeof import('../../../client/media-reception.ts')>): Promise<void> {
      if (!device) return;
      const { createMediaReception } = await receiving;
      reception = createMediaReception({
        device,
        socket,
        stageId: sessionId,
        onTracks: take,
        onState: (reached) => {
          state.value = reached;
        },
      });
      document.addEventListener('visibilitychange', onVisibility);
      if (!videoWanted.value) await reception.wantVideo(false);
    },
    rtpCapabilities: () => reception?.rtpCapabilities,
    /** With the media part of a join's answer. */
    begin: async (media: Snapshot['media']): Promise<void> => reception?.begin(media),
    /** A tile says how high it shows a picture, in CSS pixels. */
    fit(consumerId: string, height: number): void {
      lines.set(consumerId, height * window.devicePixelRatio);
      preferSoon();
    },
    /** The picture that is looked at. */
    look(track: ReceivedTrack | null): void {
      watched = track?.track.id ?? '';
    },
    close(): void {
      clearTimeout(looksAway);
      clearTimeout(hold);
      clearTimeout(settle);
      closeWatch();
      document.removeEventListener('visibilitychange', onVisibility);
      reception?.close();
    },
  };
}
export type RoomMedia = ReturnType<typeof createRoomMedia>;
