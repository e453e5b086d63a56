import { Device } from 'mediasoup-client';
import { computed, ref, shallowRef } from 'vue';
import type { ReceivedTrack, ReceiverState } from '../../client/media-receiver.ts';
import { createMediaReception } from '../../client/media-reception.ts';
import { createMediaSender, type MediaSender, type SendingState } from '../../client/media-sender.ts';
import type { RoomSocket } from '../../client/socket.ts';
import type { RoomEntrance, Snapshot } from '../../contract/index.ts';
import { type OwnMedia, openOwnMedia, sendingTracks } from '../shared/media/own-media.ts';

export interface CallMediaOptions {
  socket: RoomSocket;
  callId: string;
  routerRtpCapabilities: RoomEntrance['routerRtpCapabilities'];
}

/**
 * Picture and sound of one call: the other's, and one's own.
 * @throws Error when the browser can do neither of the server's codecs
 */
export async function createCallMedia({ socket, callId, routerRtpCapabilities }: CallMediaOptions) {
  const device = await Device.factory();
  await device.load({ routerRtpCapabilities: routerRtpCapabilities as Parameters<Device['load']>[0]['routerRtpCapabilities'] });
  const received = shallowRef<ReceivedTrack[]>([]);
  const receiving = ref<ReceiverState>('idle');
  const sending = ref<SendingState>('idle');
  const own = shallowRef<OwnMedia | null>(null);
  const muted = ref(false);
  const cameraOff = ref(false);
  let sender: MediaSender | null = null;
  let closed = false;

  const reception = createMediaReception({
    device,
    socket,
    stageId: callId,
    onTracks: (tracks) => {
      received.value = tracks;
    },
    onState: (state) => {
      receiving.value = state;
    },
  });

  /** Asks for camera and microphone, once; being without both one still sees and hears. */
  async function send(): Promise<void> {
    if (sender || closed) return;
    const opened = own.value ?? (await openOwnMedia());
    if (closed) {
      opened.stop();
      return;
    }
    own.value = opened;
    const tracks = sendingTracks(opened);
    if (Object.keys(tracks).length === 0) return;
    sender = await createMediaSender({
      socket,
      stageId: callId,
      routerRtpCapabilities,
      onState: (state) => {
        sending.value = state;
      },
    });
    if (closed) return;
    await sender.start(tracks).catch(() => undefined);
  }

  function pause(source: 'camera' | 'microphone', paused: boolean): void {
    const track = own.value?.[source];
    // Nothing leaves this machine from now on, whether or not the server is reached.
    if (track) track.enabled = !paused;
    void sender?.pause(source, paused);
  }

  return {
    rtpCapabilities: reception.rtpCapabilities,
    own,
    muted,
    cameraOff,
    sending,
    receiving,
    connected: computed(() => receiving.value === 'connected'),
    picture: computed(() => received.value.find(({ kind }) => kind === 'video') ?? null),
    sounds: computed(() => received.value.filter(({ kind }) => kind === 'audio')),
    /** With the answer to call.join, the first and every later one. */
    async begin(media: NonNullable<Snapshot['media']>): Promise<void> {
      await Promise.all([reception.begin(media), send()]);
    },
    /** After the connection was lost and the call entered anew. */
    rejoined: () => sender?.republish(),
    preferLayer: reception.preferLayer,
    setMuted(off: boolean): void {
      muted.value = off;
      pause('microphone', off);
    },
    setCameraOff(off: boolean): void {
      cameraOff.value = off;
      pause('camera', off);
    },
    close(): void {
      closed = true;
      reception.close();
      void sender?.stop();
      own.value?.stop();
    },
  };
}
export type CallMedia = Awaited<ReturnType<typeof createCallMedia>>;
