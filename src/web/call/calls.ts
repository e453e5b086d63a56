import { computed, getCurrentScope, type MaybeRefOrGetter, onScopeDispose, ref, shallowRef, toValue } from 'vue';
import type { RoomSocket } from '../../client/socket.ts';
import type { Call, RoomEntrance, ServerEventPayload } from '../../contract/index.ts';
import type { CallMedia } from './call-media.ts';

export type CallSide = 'viewer' | 'recruiter';

export interface CallsOptions {
  /** The page's own connection; calls need no session joined on it. */
  socket: RoomSocket;
  self: CallSide;
  /** From a room's entrance; a call cannot be joined before it is known. */
  routerRtpCapabilities: MaybeRefOrGetter<RoomEntrance['routerRtpCapabilities'] | null>;
  /** Server time minus this machine's, milliseconds. */
  clockOffset?: MaybeRefOrGetter<number>;
}

/**
 * none: there is no call; incoming: it rings here, or one of this person goes on
 * without this page; outgoing: it rings at the other's; talking; ended: it is
 * over, with `endReason` to be read.
 */
export type CallPhase = 'none' | 'incoming' | 'outgoing' | 'talking' | 'ended';
/** As the contract's, and what only one side notices. */
export type CallEndReason = NonNullable<Call['endReason']> | 'handed-over';

/** How often a call that this page was in is entered anew, with growing waits, before the person is asked. */
const RETRIES = 6;
const RETRY_FIRST_MS = 150;

/** The one-to-one rooms of the person at this page: one at a time. */
export function createCalls({ socket, self, routerRtpCapabilities, clockOffset = 0 }: CallsOptions) {
  const call = shallowRef<Call | null>(null);
  const media = shallowRef<CallMedia | null>(null);
  const joined = ref(false);
  const endReason = ref<CallEndReason | null>(null);
  const fault = shallowRef<unknown>(null);
  /** The company's side is offered to this person by a colleague, who goes on meanwhile. */
  const offered = ref(false);
  /** The account that held the company's side when this page joined or was rung. */
  let heldBy: string | null = null;
  /** The end was noticed before the news of it came, which says why. */
  let guessed = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let closed = false;

  const phase = computed<CallPhase>(() => {
    if (endReason.value) return 'ended';
    if (!call.value) return 'none';
    if (!joined.value) return 'incoming';
    return call.value.status === 'ringing' ? 'outgoing' : 'talking';
  });

  function leaveMedia(): void {
    clearTimeout(again);
    failures = 0;
    joined.value = false;
    media.value?.close();
    media.value = null;
  }
  function finish(reason: CallEndReason): void {
    leaveMedia();
    guessed = false;
    endReason.value = reason;
  }
  function dismiss(): void {
    leaveMedia();
    call.value = null;
    endReason.value = null;
    fault.value = null;
    offered.value = false;
  }

  /** Enters the call of this page, the first time and after every reconnection; answers whether it is in. */
  async function join(): Promise<boolean> {
    const wanted = call.value;
    const capabilities = toValue(routerRtpCapabilities);
    clearTimeout(again);
    if (!wanted || !capabilities || closed) return false;
    fault.value = null;
    // Who holds it is known with the answer: news that this page has taken it over may come before.
    if (!joined.value) heldBy = null;
    joined.value = true;
    try {
      if (!media.value) {
        const { createCallMedia } = await import('./call-media.ts');
        const opened = await createCallMedia({ socket, callId: wanted.id, routerRtpCapabilities: capabilities });
        if (call.value?.id !== wanted.id || !joined.value) {
          opened.close();
          return false;
        }
        media.value = opened;
      }
      const { rtpCapabilities, begin } = media.value;
      const { call: entered, iceServers, subscription } = await socket.request('call.join', { callId: wanted.id, rtpCapabilities });
      if (call.value?.id !== wanted.id || !joined.value) return false;
      failures = 0;
      heldBy = entered.recruiterId;
      offered.value = false;
      call.value = entered;
      await begin({ iceServers, subscription });
      return true;
    } catch (error) {
      if (call.value?.id !== wanted.id || !joined.value) return false;
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'CALL_ENDED' || code === 'NOT_FOUND') {
        finish(call.value.endReason ?? 'left');
        guessed = call.value.endReason === null;
      } else if (heldBy !== null && failures < RETRIES) {
        // It was in already, and comes back by itself; without a connection the next one tries again.
        failures += 1;
        if (socket.raw.connected) again = setTimeout(() => void refresh(), RETRY_FIRST_MS * 2 ** failures * (0.5 + Math.random()));
      } else {
        fault.value = error;
        // Not being able to enter is no reason to be gone: the next connection tries again, and so may the person.
        if (!media.value?.connected.value) leaveMedia();
      }
      return false;
    }
  }

  const onRinging = ({ call: ringing }: ServerEventPayload<'call.ringing'>) => {
    if (call.value && call.value.id !== ringing.id && phase.value !== 'ended') return;
    if (call.value?.id === ringing.id && joined.value) return;
    endReason.value = null;
    heldBy = ringing.recruiterId;
    offered.value = self === 'recruiter' && ringing.status === 'active';
    call.value = ringing;
  };
  /** Found rather than rung: it goes on without this page. */
  const onFound = (found: Call) => {
    onRinging({ call: found });
    offered.value = false;
  };

  const onUpdated = ({ call: updated }: ServerEventPayload<'call.updated'>) => {
    if (call.value?.id !== updated.id) return;
    if (endReason.value) {
      if (guessed && updated.endReason) endReason.value = updated.endReason;
      return;
    }
    // Whoever is offered a call hears of it again only when there is nothing left to answer.
    if (offered.value && !joined.value) {
      dismiss();
      return;
    }
    const handedOver = self === 'recruiter' && heldBy !== null && updated.recruiterId !== heldBy;
    call.value = updated;
    if (updated.status === 'ended') {
      // One who let it ring, or took it back, needs no telling.
      if (!joined.value && updated.endReason !== 'unanswered') dismiss();
      else finish(updated.endReason ?? 'hung-up');
    } else if (handedOver) {
      if (joined.value) finish('handed-over');
      else dismiss();
    } else if (!joined.value && self === 'viewer' && updated.status === 'active' && updated.present.viewer) dismiss();
  };

  /** Calls that go on without this page: after a reload, or after signing in. */
  async function refresh(): Promise<void> {
    if (joined.value) {
      if (await join()) media.value?.rejoined();
      return;
    }
    try {
      const { calls } = await socket.request('call.list', {});
      const [open] = calls.filter(({ status }) => status !== 'ended');
      if (open && !joined.value) onFound(open);
      else if (!open && phase.value === 'incoming') dismiss();
    } catch {
      // Nobody is signed in, or the connection broke: the next one asks again.
    }
  }

  const onConnect = () => void refresh();
  socket.raw.on('call.ringing', onRinging);
  socket.raw.on('call.updated', onUpdated);
  socket.raw.on('connect', onConnect);
  if (socket.raw.connected) void refresh();

  return {
    self,
    call,
    media,
    phase,
    endReason,
    offered,
    fault,
    /** Whether the page should be silent otherwise. */
    busy: computed(() => joined.value),
    /** Milliseconds by the server's clock. */
    serverNow: () => Date.now() + toValue(clockOffset),
    refresh,
    /**
     * A recruiter rings the viewer of a consultation and enters the room at once.
     * @throws ReplyError, for example CALL_BUSY or CONSULTATION_CLOSED
     */
    async start(consultationId: string): Promise<void> {
      if (joined.value) return;
      const { call: started } = await socket.request('call.start', { consultationId });
      endReason.value = null;
      heldBy = started.recruiterId;
      call.value = started;
      await join();
    },
    accept: join,
    /** Declines, takes back or hangs up. */
    async end(): Promise<void> {
      const ending = call.value;
      if (!ending) return;
      const wasTalking = joined.value && ending.status === 'active';
      if (wasTalking) finish('hung-up');
      else dismiss();
      await socket.request('call.end', { callId: ending.id }).catch(() => undefined);
    },
    async colleagues(): Promise<{ accountId: string; name: string }[]> {
      if (!call.value) return [];
      return (await socket.request('call.colleagues', { callId: call.value.id })).colleagues;
    },
    /** The colleague is rung, and holds the company's side once they come. */
    async handOver(accountId: string): Promise<void> {
      if (!call.value) return;
      const { call: handed } = await socket.request('call.handOver', { callId: call.value.id, accountId });
      onUpdated({ call: handed });
    },
    dismiss,
    close(): void {
      closed = true;
      socket.raw.off('call.ringing', onRinging);
      socket.raw.off('call.updated', onUpdated);
      socket.raw.off('connect', onConnect);
      dismiss();
    },
  };
}
export type Calls = ReturnType<typeof createCalls>;

/** The same, ending with the component or scope that calls it. */
export function useCalls(options: CallsOptions): Calls {
  const calls = createCalls(options);
  if (getCurrentScope()) onScopeDispose(() => calls.close());
  return calls;
}
