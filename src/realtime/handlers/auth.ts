import { CodedError, type Session } from '../../contract/index.ts';
import { type Actor, type Authenticate, isStaff } from '../../domain/actor.ts';
import type { Log } from '../../domain/ports.ts';
import type { EventHandlers } from '../event-handlers.ts';
import type { Presence } from '../presence.ts';
import { companyRooms, personalRooms } from '../rooms.ts';

export interface AuthHandlerOptions {
  authenticate: Authenticate;
  sessions: { find(sessionId: string): Promise<Session | null> };
  presence: Presence;
  log: Log;
}

/** A connection stays with its account, or with its device, whose guest may sign in. */
function isContinued(before: Actor, after: Actor): boolean {
  if (isStaff(before) || isStaff(after)) return isStaff(before) && isStaff(after) && before.accountId === after.accountId;
  if (before.accountId !== null) return before.accountId === after.accountId;
  return before.deviceId !== null && before.deviceId === after.deviceId;
}

export function createAuthHandlers({ authenticate, sessions, presence, log }: AuthHandlerOptions): EventHandlers<'auth.renew'> {
  return {
    async 'auth.renew'({ token }, connection) {
      const { actor, expiresAt } = await authenticate(token);
      const before = connection.actor;
      if (!isContinued(before, actor)) throw new CodedError('UNAUTHENTICATED');
      connection.actor = actor;
      connection.expiresAt = expiresAt;
      connection.warned = false;
      await connection.enterRooms([
        ...personalRooms(actor),
        ...[...connection.joined.values()].flatMap((joined) => companyRooms(actor, joined)),
      ]);
      if (before.accountId === actor.accountId) return { expiresAt };
      for (const sessionId of connection.joined.keys()) {
        try {
          const session = await sessions.find(sessionId);
          if (session) await presence.identify(connection, session);
        } catch (error) {
          // The sign-in holds; the viewer is made one person when the connection joins again.
          log.error({ error, sessionId }, 'a guest who signed in could not be identified in a session');
        }
      }
      return { expiresAt };
    },
  };
}
