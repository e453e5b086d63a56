import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue';
import { createMediaSender, type MediaSender, type SendingSource, type SendingState } from '../../../client/media-sender.ts';
import type { SendingQuality } from '../../../client/sending-quality.ts';
import type { Access } from '../../shared/access.ts';
import type { Room } from './connection.ts';
import type { CaptureDevice } from './devices.ts';

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

/** The recruiter's broadcast: from the opened devices to a live session, and back. Ends with the component's scope. */
export function useBroadcast(access: Access, room: Room, sessionId: string, devices: Record<SendingSource, CaptureDevice>) {
  const state = ref<SendingState>('idle');
  const fault = shallowRef<Error | null>(null);
  const quality = shallowRef<SendingQuality | null>(null);
  const muted = ref<Record<SendingSource, boolean>>({ camera: false, microphone: false });
  let sender: MediaSender | null = null;

  const sending = computed(() => state.value !== 'idle' && state.value !== 'failed');

  async function openSender(): Promise<MediaSender> {
    const { routerRtpCapabilities } = await access.api.call('enterRoom', { params: { sessionId }, body: {} });
    const opened = await createMediaSender({
      socket: room.socket,
      stageId: sessionId,
      routerRtpCapabilities,
      onState: (next, error) => {
        if (sender !== opened) return;
        state.value = next;
        fault.value = error;
        if (next !== 'sending') quality.value = null;
      },
    });
    for (const source of ['camera', 'microphone'] as const) opened.pause(source, muted.value[source]);
    return opened;
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
      await sender.start({ ...(camera ? { camera } : {}), ...(microphone ? { microphone } : {}) });
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

  async function end(): Promise<void> {
    room.session.value = await access.api.call('endSession', { params: { sessionId } });
    await stopSending();
    devices.camera.close();
    devices.microphone.close();
  }

  function mute(source: SendingSource, muting: boolean) {
    muted.value = { ...muted.value, [source]: muting };
    sender?.pause(source, muting);
    const track = devices[source].track.value;
    if (track) track.enabled = !muting;
  }

  for (const source of ['camera', 'microphone'] as const) {
    watch(devices[source].track, (track) => {
      if (!track) return;
      track.enabled = !muted.value[source];
      void sender?.replace(source, track).catch(() => sender?.republish());
    });
  }
  room.onRejoined(() => sender?.republish());
  // Ended from the desk or by another recruiter.
  watch(
    () => room.session.value?.status,
    (status) => {
      if (status === 'ended' || status === 'sealed') void stopSending();
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

  return { state, fault, quality, muted, sending, goLive, stopSending, end, mute, wasSending: () => keptFlag.get(sessionId) };
}
export type Broadcast = ReturnType<typeof useBroadcast>;
