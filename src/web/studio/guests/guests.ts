import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import type { StageInvitation } from '../../../contract/index.ts';
import type { Room } from '../room/connection.ts';

export type InvitationOutcome = 'accepted' | 'declined' | 'expired';
/** How long the answer to an invitation stays to be read. */
const OUTCOME_SHOWN_MS = 8_000;

/** Who is on stage beside the recruiter (連麥), who was invited, and what one can do about it. */
export function useGuests(room: Room, sessionId: string) {
  const invitations = shallowRef<readonly StageInvitation[]>([]);
  /** Most guests at a time; null until the server said it. */
  const limit = ref<number | null>(null);
  const outcome = shallowRef<{ name: string; outcome: InvitationOutcome } | null>(null);
  let forget: ReturnType<typeof setTimeout> | undefined;

  const guests = computed(() => room.guests.value);
  const taken = computed(() => new Set([...guests.value, ...invitations.value].map(({ key }) => key)));
  const full = computed(() => limit.value !== null && taken.value.size >= limit.value);

  const drop = (key: string) => {
    invitations.value = invitations.value.filter((invitation) => invitation.key !== key);
  };

  async function load(): Promise<void> {
    const answer = await room.socket.request('stage.invitations', { sessionId });
    invitations.value = answer.invitations;
    limit.value = answer.limit;
  }

  room.socket.raw.on('stage.answered', (event) => {
    if (event.sessionId !== sessionId) return;
    drop(event.invitation.key);
    outcome.value = { name: event.invitation.name, outcome: event.outcome };
    clearTimeout(forget);
    forget = setTimeout(() => {
      outcome.value = null;
    }, OUTCOME_SHOWN_MS);
  });
  onScopeDispose(() => clearTimeout(forget));

  return {
    guests,
    invitations,
    limit,
    full,
    outcome,
    load,
    /** Whether somebody is on stage already or was asked to come. */
    isTaken: (key: string) => taken.value.has(key),
    /** Invitations that ran out while the news of it was missed. */
    dropExpired(now: number): void {
      if (invitations.value.some(({ expiresAt }) => expiresAt <= now)) {
        invitations.value = invitations.value.filter(({ expiresAt }) => expiresAt > now);
      }
    },
    async invite(key: string): Promise<void> {
      const { invitation } = await room.socket.request('stage.invite', { sessionId, key });
      drop(key);
      invitations.value = [...invitations.value, invitation];
    },
    /** Takes a guest off, or an invitation back. */
    async remove(key: string): Promise<void> {
      await room.socket.request('stage.remove', { sessionId, key });
      drop(key);
    },
    async mute(key: string, muted: boolean): Promise<void> {
      await room.socket.request('stage.mute', { sessionId, key, muted });
    },
  };
}
export type Guests = ReturnType<typeof useGuests>;
