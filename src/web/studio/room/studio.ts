import { computed, onScopeDispose, ref, watch } from 'vue';
import { useCalls } from '../../call/calls.ts';
import { mayDo } from '../../console/access.ts';
import type { Access } from '../../shared/access.ts';
import { useGuests } from '../guests/guests.ts';
import { useMonitor } from '../guests/monitor.ts';
import { useApplications } from '../inbox/applications.ts';
import { useConsultations } from '../inbox/consultations.ts';
import { useStageHealth } from '../reception/health.ts';
import { useBroadcast } from '../stage/broadcast.ts';
import { useDevices } from '../stage/devices.ts';
import { useScreen } from '../stage/screen.ts';
import { useRoom } from './connection.ts';
import { useEntrance } from './entrance.ts';

/** A stage that still says "publishing" this long after this page stopped is somebody else's. */
const ELSEWHERE_AFTER_MS = 1_500;

/** Everything the studio knows and does in one session; ends with the component's scope. */
export function useStudio(access: Access, sessionId: string) {
  const room = useRoom(access, sessionId);
  const entrance = useEntrance(access, sessionId);
  const devices = useDevices();
  const screen = useScreen();
  const broadcast = useBroadcast(access, room, entrance, sessionId, { devices, screen });
  const guests = useGuests(room, sessionId);
  const calls = useCalls({
    socket: room.socket,
    self: 'recruiter',
    routerRtpCapabilities: entrance.capabilities,
    clockOffset: room.clockOffset,
  });

  const ended = computed(() => room.session.value?.status === 'ended' || room.session.value?.status === 'sealed');
  const may = computed(() => {
    const grants = access.signIn.value?.account?.grants ?? [];
    const session = room.session.value;
    const able = (action: Parameters<typeof mayDo>[1]) => session !== null && mayDo(grants, action, session);
    return {
      publish: able('stage.publish'),
      invite: able('stage.invite'),
      read: able('stage.read'),
      key: able('stage.key'),
      call: able('call.hold'),
      pin: able('position.pin'),
      notice: able('notice.post'),
      consult: able('consultation.read'),
      apply: able('application.list'),
      end: able('session.end'),
    };
  });

  /** Whether an encoder, another device or a colleague sends in this page's place. */
  const elsewhere = ref(false);
  let settling: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => room.publishing.value && !broadcast.sending.value && !ended.value,
    (others) => {
      clearTimeout(settling);
      if (!others) elsewhere.value = false;
      else {
        settling = setTimeout(() => {
          elsewhere.value = true;
        }, ELSEWHERE_AFTER_MS);
      }
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(settling));

  const watched = computed(() => !ended.value && (elsewhere.value || room.guests.value.length > 0));
  const monitor = useMonitor(room, sessionId, entrance, watched);
  const measured = computed(() => may.value.read && room.publishing.value && !ended.value);
  const health = useStageHealth(room, sessionId, measured, () => monitor.state.value === 'connected');

  // What is said in private stays private: the room does not hear the recruiter's half of it.
  let heardBefore = false;
  watch(calls.busy, (talking) => {
    if (talking) heardBefore = !broadcast.muted.value.microphone;
    if (heardBefore) broadcast.mute('microphone', talking);
    if (!talking) heardBefore = false;
  });

  return {
    sessionId,
    room,
    entrance,
    devices,
    screen,
    broadcast,
    guests,
    monitor,
    health,
    calls,
    consultations: useConsultations(access, room, sessionId),
    applications: useApplications(access, room, sessionId),
    ended,
    may,
    elsewhere,
  };
}
export type Studio = ReturnType<typeof useStudio>;
