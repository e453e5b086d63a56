import { CodedError } from '../../contract/index.ts';
import type { AccountService } from '../../domain/account/service.ts';
import { type Cookies, kindOf } from '../credentials.ts';
import type { RouteHandlers } from '../route-handlers.ts';

type Names =
  | 'signIn'
  | 'renew'
  | 'signOut'
  | 'requestCode'
  | 'verifyCode'
  | 'me'
  | 'createInvitation'
  | 'acceptInvitation'
  | 'listStaff'
  | 'revokeStaff';

/** Signing in and out, codes, invitations and staff. */
export function createAuthRoutes({ accounts, cookies }: { accounts: AccountService; cookies: Cookies }): RouteHandlers<Names> {
  return {
    async signIn({ body }, { reply }) {
      const { signedIn, refresh } = await accounts.signIn(body);
      cookies.setRefresh(reply, 'staff', refresh);
      return signedIn;
    },
    async renew(_input, { request, reply }) {
      const kind = kindOf(request);
      const token = cookies.refresh(request, kind);
      if (token === null) throw new CodedError('UNAUTHENTICATED');
      try {
        const { signedIn, refresh } = await accounts.renew(kind, token, kind === 'viewer' ? cookies.device(request) : null);
        cookies.setRefresh(reply, kind, refresh);
        return signedIn;
      } catch (error) {
        if (error instanceof CodedError) cookies.clearRefresh(reply, kind);
        throw error;
      }
    },
    async signOut(_input, { actor, request, reply }) {
      const kind = kindOf(request);
      await accounts.signOut(cookies.refresh(request, kind), actor);
      cookies.clearRefresh(reply, kind);
      return {};
    },
    requestCode: ({ body }, { request }) => accounts.requestCode(body, request.ip),
    async verifyCode({ body }, { actor, request, reply }) {
      const deviceId = cookies.device(request) ?? actor?.deviceId ?? null;
      const { signedIn, refresh } = await accounts.verifyCode(body, deviceId);
      cookies.setRefresh(reply, 'viewer', refresh);
      return signedIn;
    },
    me: (_input, { actor }) => accounts.me(actor),
    createInvitation: ({ body }, { actor }) => accounts.invite(actor, body),
    async acceptInvitation({ body }, { reply }) {
      const { signedIn, refresh } = await accounts.acceptInvitation(body);
      cookies.setRefresh(reply, 'staff', refresh);
      return signedIn;
    },
    listStaff: ({ query }, { actor }) => accounts.listStaff(actor, query),
    async revokeStaff({ params }, { actor }) {
      await accounts.revoke(actor, params.accountId);
      return {};
    },
  };
}
