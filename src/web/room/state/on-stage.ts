import { computed, ref, shallowRef } from 'vue';
import type { MediaSender, SendingState } from '../../../client/media-sender.ts';
import type { RoomSocket } from '../../../client/socket.ts';
import type { FeedEntry, RoomEntrance, ServerEventPayload, Snapshot, StageGuest, StageInvitation } from '../../../contract/index.ts';
import { type OwnMedia, openOwnMedia, sendingTracks } from '../../shared/media/own-media.ts';

/** off: not on stage; seated: the seat is held, but this page does not send (a reload); opening, on: it is about to, or does. */
export type OnStagePhase = 'off' | 'seated' | 'opening' | 'on';

export interface OnStageOptions {
  sessionId: string;
  request: RoomSocket['request'];
  /** null before the room is open. */
  connection: () => { socket: RoomSocket; routerRtpCapabilities: RoomEntrance['routerRtpCapabilities'] } | null;
  /** The own speaker key; changes when a guest signs in. */
  selfKey: () => string | null;
}

/** What happened on stage without the viewer's doing; keys of the words for it. */
export type StageNews = 'expired' | 'withdrawn' | 'removed' | 'mutedByStaff' | 'mayUnmute' | 'failed';

/** Who is on stage, and the viewer's own way onto it and off again (連麥). */
export function createOnStage({ sessionId, request, connection, selfKey }: OnStageOptions) {
  const news = shallowRef<{ what: StageNews } | null>(null);
  const tell = (what: StageNews) => {
    news.value = { what };
  };
  const guests = shallowRef<StageGuest[]>([]);
  const invitation = shallowRef<StageInvitation | null>(null);
  const phase = ref<OnStagePhase>('off');
  const own = shallowRef<OwnMedia | null>(null);
  const sending = ref<SendingState>('idle');
  const muted = ref(false);
  const mutedByStaff = ref(false);
  const cameraOff = ref(false);
  let sender: MediaSender | null = null;

  function closeDevices(): void {
    own.value?.stop();
    own.value = null;
  }
  function stop(): void {
    const stopping = sender;
    sender = null;
    phase.value = 'off';
    sending.value = 'idle';
    muted.value = false;
    mutedByStaff.value = false;
    cameraOff.value = false;
    closeDevices();
    void stopping?.stop();
  }

  async function openDevices(): Promise<OwnMedia> {
    own.value ??= await openOwnMedia({ soundOnly: cameraOff.value });
    if (own.value.camera) own.value.camera.enabled = !cameraOff.value;
    return own.value;
  }

  /** Sends what the devices give; the seat is held already. */
  async function send(): Promise<void> {
    const room = connection();
    if (!room) return;
    phase.value = 'opening';
    try {
      const tracks = sendingTracks(await openDevices());
      const { createMediaSender } = await import('../../../client/media-sender.ts');
      const opened = await createMediaSender({
        socket: room.socket,
        stageId: sessionId,
        routerRtpCapabilities: room.routerRtpCapabilities,
        onState: (state) => {
          if (sender !== opened) return;
          sending.value = state;
          if (state !== 'failed' && state !== 'replaced') return;
          if (state === 'failed') tell('failed');
          stop();
          // Another tab sends now. The seat is held, and this page can take it back or give it up.
          if (state === 'replaced') phase.value = 'seated';
        },
      });
      sender = opened;
      if (Object.keys(tracks).length > 0) await opened.start(tracks);
      if (sender !== opened) return;
      phase.value = 'on';
      if (muted.value || mutedByStaff.value) await opened.pause('microphone', true);
      if (cameraOff.value) await opened.pause('camera', true);
    } catch (error) {
      const told = sender === null && sending.value === 'idle' && own.value === null;
      stop();
      // Where the sender gave up, that was said already.
      if (!told) throw error;
    }
  }

  const isOwn = ({ key }: Pick<StageGuest, 'key'>) => key === selfKey();

  return {
    news,
    guests,
    invitation,
    phase,
    own,
    sending,
    muted,
    mutedByStaff,
    cameraOff,
    isOn: computed(() => phase.value === 'on' || phase.value === 'opening'),
    openDevices,
    closeDevices,
    /** With every join's answer. */
    onSnapshot(snapshot: Pick<Snapshot, 'guests' | 'invitation'>): void {
      guests.value = snapshot.guests;
      invitation.value = snapshot.invitation;
      const seated = snapshot.guests.some(isOwn);
      if (sender) {
        if (seated) sender.republish();
        else stop();
      } else if (phase.value !== 'opening') phase.value = seated ? 'seated' : 'off';
    },
    onEntry(entry: Extract<FeedEntry, { type: 'guest' }>): void {
      const others = guests.value.filter(({ key }) => key !== entry.guest.key);
      const at = guests.value.findIndex(({ key }) => key === entry.guest.key);
      if (!entry.on) guests.value = others;
      else if (at < 0) guests.value = [...others, entry.guest];
      else guests.value = guests.value.map((guest, index) => (index === at ? entry.guest : guest));
      if (!isOwn(entry.guest)) return;
      if (!entry.on && phase.value === 'seated') phase.value = 'off';
      // Its other tab sends no more, or not yet.
      else if (entry.on && entry.guest.publisherId === null && phase.value === 'off' && !sender) phase.value = 'seated';
    },
    onInvited({ invitation: given }: ServerEventPayload<'stage.invited'>): void {
      invitation.value = given;
    },
    onUninvited({ reason }: ServerEventPayload<'stage.uninvited'>): void {
      const was = invitation.value !== null || phase.value !== 'off';
      invitation.value = null;
      // Answered here: that is what this page waits for. Answered in another tab: nothing to do here.
      if (reason === 'answered') {
        if (phase.value === 'off') closeDevices();
        return;
      }
      if (reason === 'removed') stop();
      else if (phase.value === 'off') closeDevices();
      if (was) tell(reason);
    },
    onMuted({ muted: off }: ServerEventPayload<'stage.muted'>): void {
      mutedByStaff.value = off;
      if (off) {
        muted.value = true;
        void sender?.pause('microphone', true);
      }
      tell(off ? 'mutedByStaff' : 'mayUnmute');
    },
    /** @throws ReplyError, for example STAGE_FULL or NOT_INVITED */
    async accept(): Promise<void> {
      const given = invitation.value;
      if (!given) return;
      // Asked before the answer: nobody is put on stage to wait for a permission.
      const { camera, microphone } = await openDevices();
      if (!camera && !microphone) return;
      if (own.value && camera && cameraOff.value) {
        // Whoever goes on stage by voice alone has no camera running meanwhile.
        camera.stop();
        own.value = { ...own.value, camera: null };
      }
      phase.value = 'opening';
      try {
        await request('stage.answer', { sessionId, invitationId: given.id, accept: true });
      } catch (error) {
        stop();
        throw error;
      }
      invitation.value = null;
      await send();
    },
    async decline(): Promise<void> {
      const given = invitation.value;
      invitation.value = null;
      closeDevices();
      if (given) await request('stage.answer', { sessionId, invitationId: given.id, accept: false }).catch(() => undefined);
    },
    /** Goes on after a reload. @throws ReplyError when the seat is no longer held */
    goOn: send,
    async leave(): Promise<void> {
      const sent = sender !== null;
      stop();
      // The sender tells the server; where nothing was sent the seat is given back here.
      if (!sent) await request('stage.leave', { stageId: sessionId }).catch(() => undefined);
    },
    async setMuted(off: boolean): Promise<void> {
      if (!off && mutedByStaff.value) return;
      muted.value = off;
      if (own.value?.microphone) own.value.microphone.enabled = !off;
      const done = (await sender?.pause('microphone', off)) ?? true;
      if (done) return;
      muted.value = true;
      mutedByStaff.value = true;
    },
    setCameraOff(off: boolean): void {
      cameraOff.value = off;
      if (own.value?.camera) own.value.camera.enabled = !off;
      void sender?.pause('camera', off);
    },
    /** The session is over, or the page is left. */
    close(): void {
      invitation.value = null;
      stop();
    },
  };
}
export type OnStage = ReturnType<typeof createOnStage>;
