import { computed, onScopeDispose, ref, type ShallowRef, shallowRef, watch } from 'vue';
import { createMediaSender, type MediaSender, type SendingSource, type SendingState } from '../../../client/media-sender.ts';
import type { SendingQuality } from '../../../client/sending-quality.ts';
import type { Access } from '../../shared/access.ts';
import type { Room } from '../room/connection.ts';
import type { Entrance } from '../room/entrance.ts';
import type { CaptureDevice, CaptureSource } from './devices.ts';
import type { SharedScreen } from './screen.ts';

const QUALITY_EVERY_MS = 1_000;

/** Which session this tab was sending to, so that a reload goes on sending. */
const keptFlag = {
  name: (sessionId: string) => `gangbo.sending.${sessionId}`,
  get: (sessionId: string) => {
    try {
      return sessionStorage.getItem(keptFlag.name(sessionId)) === '1';
    } catch {
      return false;
    }
  },
  set: (sessionId: string, sending: boolean) => {
    try {
      if (sending) sessionStorage.setItem(keptFlag.name(sessionId), '1');
      else sessionStorage.removeItem(keptFlag.name(sessionId));
    } catch {
      // Without storage a reload asks for the button again.
    }
  },
};

/** What a broadcast can be made of. */
export interface BroadcastSources {
  devices: Record<CaptureSource, CaptureDevice>;
  screen: SharedScreen;
}
type Mutable = 'camera' | 'microphone';

/** The recruiter's broadcast: from the opened devices to a live session, and back. Ends with the component's scope. */
export function useBroadcast(access: Access, room: Room, entrance: Entrance, sessionId: string, { devices, screen }: BroadcastSources) {
  const tracks: Record<SendingSource, Readonly<ShallowRef<MediaStreamTrack | null>>> = {
    camera: devices.camera.track,
    microphone: devices.microphone.track,
    'second-camera': devices['second-camera'].track,
    screen: screen.track,
    'screen-audio': screen.audio,
  };
  const sources = Object.keys(tracks) as SendingSource[];
  const state = ref<SendingState>('idle');
  const fault = shallowRef<Error | null>(null);
  /** Why a screen or a second camera could not be sent beside the rest. */
  const addFault = shallowRef<Error | null>(null);
  const quality = shallowRef<SendingQuality | null>(null);
  const muted = ref<Record<Mutable, boolean>>({ camera: false, microphone: false });
  let sender: MediaSender | null = null;

  const sending = computed(() => state.value !== 'idle' && state.value !== 'failed' && state.value !== 'replaced');

  async function openSender(): Promise<MediaSender> {
    const routerRtpCapabilities = await entrance.load();
    const opened = await createMediaSender({
      socket: room.socket,
      stageId: sessionId,
      routerRtpCapabilities,
      onState: (next, error) => {
        if (sender !== opened) return;
        state.value = next;
        fault.value = error;
        if (next !== 'sending') quality.value = null;
        // A reload must not take the stage back from the encoder that has relieved this page.
        if (next === 'replaced') keptFlag.set(sessionId, false);
      },
    });
    for (const source of ['camera', 'microphone'] as const) void opened.pause(source, muted.value[source]);
    return opened;
  }

  function openTracks(): Partial<Record<SendingSource, MediaStreamTrack>> {
    const open: Partial<Record<SendingSource, MediaStreamTrack>> = {};
    for (const source of sources) {
      const track = tracks[source].value;
      if (track) open[source] = track;
    }
    return open;
  }

  /**
   * Sends picture and sound, then starts the session: viewers who come with the
   * start find a picture. Does nothing to a session that is live already.
   */
  async function goLive(): Promise<void> {
    const camera = devices.camera.track.value ?? (await devices.camera.open());
    const microphone = devices.microphone.track.value ?? (await devices.microphone.open());
    if (!camera && !microphone) return;
    await stopSending();
    sender = await openSender();
    try {
      await sender.start(openTracks());
      keptFlag.set(sessionId, true);
      if (room.session.value?.status === 'scheduled') {
        room.session.value = await access.api.call('startSession', { params: { sessionId } });
      }
    } catch (error) {
      await stopSending();
      throw error;
    }
  }

  /** Stops picture and sound; the session goes on without. */
  async function stopSending(): Promise<void> {
    const stopping = sender;
    sender = null;
    state.value = 'idle';
    quality.value = null;
    keptFlag.set(sessionId, false);
    await stopping?.stop();
  }

  /** Nothing on this machine looks or listens any more. */
  async function putAway(): Promise<void> {
    const stopped = stopSending();
    for (const device of Object.values(devices)) device.close();
    screen.stop();
    await stopped;
  }

  async function end(): Promise<void> {
    room.session.value = await access.api.call('endSession', { params: { sessionId } });
    await putAway();
  }

  function mute(source: Mutable, muting: boolean) {
    muted.value = { ...muted.value, [source]: muting };
    void sender?.pause(source, muting);
    const track = devices[source].track.value;
    if (track) track.enabled = !muting;
  }

  for (const source of sources) {
    watch(tracks[source], async (track) => {
      if (track && (source === 'camera' || source === 'microphone')) track.enabled = !muted.value[source];
      try {
        if (track) await sender?.add(source, track);
        else await sender?.remove(source);
      } catch (error) {
        // Refused on its own; what was sent before goes on.
        addFault.value = error instanceof Error ? error : null;
      }
    });
  }
  room.onRejoined(() => sender?.republish());
  // Ended from the desk or by another recruiter.
  watch(
    () => room.session.value?.status,
    (status) => {
      if (status === 'ended' || status === 'sealed') void putAway();
    },
  );

  const timer = setInterval(async () => {
    if (state.value === 'sending') quality.value = (await sender?.quality()) ?? null;
  }, QUALITY_EVERY_MS);
  const warn = (event: BeforeUnloadEvent) => {
    if (sending.value) event.preventDefault();
  };
  addEventListener('beforeunload', warn);
  onScopeDispose(() => {
    clearInterval(timer);
    removeEventListener('beforeunload', warn);
    const stopping = sender;
    sender = null;
    void stopping?.stop();
  });

  return { state, fault, addFault, quality, muted, sending, goLive, stopSending, end, mute, wasSending: () => keptFlag.get(sessionId) };
}
export type Broadcast = ReturnType<typeof useBroadcast>;
