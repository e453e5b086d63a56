import type { RoomEntrance } from '../../contract/index.ts';
import type { AccountService } from '../../domain/account/service.ts';
import type { SessionService } from '../../domain/session/service.ts';
import type { Cookies } from '../credentials.ts';
import type { RouteHandlers } from '../route-handlers.ts';

export interface RoomRouteDependencies {
  accounts: AccountService;
  sessions: SessionService;
  cookies: Cookies;
  /** What every stage's router can carry; the same for all sessions. */
  routerRtpCapabilities: () => Promise<RoomEntrance['routerRtpCapabilities']> | RoomEntrance['routerRtpCapabilities'];
}

/** The door of a room, before any socket. */
export function createRoomRoutes(dependencies: RoomRouteDependencies): RouteHandlers<'enterRoom'> {
  const { accounts, sessions, cookies, routerRtpCapabilities } = dependencies;
  return {
    async enterRoom({ params }, { actor, request, reply }) {
      const session = await sessions.get(params.sessionId);
      // A guest without cookies (a program) keeps its device by sending its token again.
      const known = cookies.device(request) ?? (actor?.role === 'guest' ? actor.deviceId : null);
      const { deviceId, signedIn } = await accounts.enter(known, cookies.refresh(request, 'viewer'));
      cookies.setDevice(reply, deviceId);
      return { session, routerRtpCapabilities: await routerRtpCapabilities(), signedIn };
    },
  };
}
