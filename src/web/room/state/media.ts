import type { Device } from 'mediasoup-client/types';
import { computed, ref, shallowRef, watch } from 'vue';
import type { MediaReceiver, ReceivedTrack, ReceiverState } from '../../../client/media-receiver.ts';
import type { RoomSocket } from '../../../client/socket.ts';
import type { ConsumerOptions, RoomEntrance, Snapshot } from '../../../contract/index.ts';

const SAVER_KEPT_AS = 'gangbo.audioOnly';
/** A tab looked away from for this long stops costing data for pictures. */
const HIDDEN_PAUSE_MS = 8_000;
const SUBSCRIBE_RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000] as const;

function keptSaver(): boolean {
  try {
    return localStorage.getItem(SAVER_KEPT_AS) === 'true';
  } catch {
    return false;
  }
}

export type MediaSupport = 'unknown' | 'supported' | 'unsupported';

/** What the viewer sees and hears of a session: the receiver, and when pictures are wanted. */
export function createRoomMedia({ sessionId }: { sessionId: string }) {
  const state = ref<ReceiverState>('idle');
  const support = ref<MediaSupport>('unknown');
  const tracks = shallowRef<ReceivedTrack[]>([]);
  const audioOnly = ref(keptSaver());
  const hidden = ref(false);
  const videoWanted = computed(() => !audioOnly.value && !hidden.value);
  let device: Device | null = null;
  let receiver: MediaReceiver | null = null;
  let socket: RoomSocket | null = null;
  let iceServers: NonNullable<Snapshot['media']>['iceServers'] = [];
  let retry: ReturnType<typeof setTimeout> | undefined;
  let attempts = 0;

  /** A screen is the main picture when there is one; the camera otherwise. */
  const picture = computed(() => {
    const videos = tracks.value.filter(({ kind }) => kind === 'video');
    return videos.find(({ source }) => source === 'screen') ?? videos[0] ?? null;
  });
  const stream = computed(() => {
    const audible = tracks.value.filter(({ kind }) => kind === 'audio').map(({ track }) => track);
    const shown = picture.value ? [picture.value.track] : [];
    return audible.length + shown.length > 0 ? new MediaStream([...shown, ...audible]) : null;
  });

  async function subscribeAgain(): Promise<void> {
    clearTimeout(retry);
    if (!receiver || !socket?.raw.connected) return;
    try {
      const subscription = await socket.request('media.subscribe', { stageId: sessionId, rtpCapabilities: receiver.rtpCapabilities });
      await receiver.start(subscription, iceServers);
    } catch {
      state.value = 'lost';
      scheduleSubscribe();
    }
  }

  function scheduleSubscribe(): void {
    clearTimeout(retry);
    const wait = SUBSCRIBE_RETRY_MS[Math.min(attempts, SUBSCRIBE_RETRY_MS.length - 1)];
    attempts += 1;
    retry = setTimeout(() => void subscribeAgain(), wait);
  }

  watch(videoWanted, (wanted) => void receiver?.wantVideo(wanted));
  watch(audioOnly, (chosen) => {
    try {
      localStorage.setItem(SAVER_KEPT_AS, String(chosen));
    } catch {
      // The choice then lasts as long as the page.
    }
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
  const onNetwork = () => void receiver?.restartIce();

  return {
    state,
    support,
    tracks,
    stream,
    picture,
    audioOnly,
    videoWanted,
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
    async attach(to: RoomSocket): Promise<void> {
      socket = to;
      if (!device) return;
      const { createMediaReceiver } = await import('../../../client/media-receiver.ts');
      receiver = createMediaReceiver({
        device,
        socket: to,
        stageId: sessionId,
        onTracks: (received) => {
          tracks.value = received;
        },
        onState: (reached) => {
          state.value = reached;
          if (reached === 'connected') attempts = 0;
          if (reached === 'lost') scheduleSubscribe();
        },
      });
      document.addEventListener('visibilitychange', onVisibility);
      window.addEventListener('online', onNetwork);
      if (!videoWanted.value) await receiver.wantVideo(false);
    },
    rtpCapabilities: () => receiver?.rtpCapabilities,
    /** With the media part of a join's answer. */
    async begin(media: Snapshot['media']): Promise<void> {
      if (!receiver) return;
      clearTimeout(retry);
      if (!media) {
        scheduleSubscribe();
        return;
      }
      iceServers = media.iceServers;
      await receiver.start(media.subscription, media.iceServers);
    },
    add: (consumer: ConsumerOptions) => void receiver?.add(consumer),
    remove: (consumerId: string) => receiver?.remove(consumerId),
    lost(): void {
      state.value = 'lost';
      attempts = 0;
      void subscribeAgain();
    },
    close(): void {
      clearTimeout(retry);
      clearTimeout(looksAway);
      document.removeEventListener('visibilitychange', onVisibility);
      window.removeEventListener('online', onNetwork);
      receiver?.close();
    },
  };
}
export type RoomMedia = ReturnType<typeof createRoomMedia>;
