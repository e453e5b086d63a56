import { type App, type InjectionKey, inject } from 'vue';
import { type Action, type Grant, type Role, roleAllows, type Session } from '../../contract/index.ts';
import { type Access, createAccess } from '../shared/access.ts';

const key: InjectionKey<Access> = Symbol('staff access');

/** Makes the page's staff access and hands it to every component of the app. */
export function provideAccess(app: App): Access {
  const access = createAccess({ kind: 'staff' });
  app.provide(key, access);
  return access;
}

/** The page's staff access, inside a component. */
export function useAccess(): Access {
  const access = inject(key);
  if (!access) throw new Error('provideAccess was not called for this app');
  return access;
}

type SessionScope = Pick<Session, 'id' | 'fairId' | 'companies'>;

const covers = (grant: Grant, session: SessionScope): boolean =>
  (grant.fairId === null || grant.fairId === session.fairId) &&
  (grant.companyId === null || session.companies.some(({ id }) => id === grant.companyId)) &&
  (grant.sessionId === null || grant.sessionId === session.id);

/** Whether any grant reaches into the session: what a console lists. The server decides again at every request. */
export function mayWorkIn(grants: readonly Grant[], session: SessionScope): boolean {
  return grants.some((grant) => covers(grant, session));
}

/** Whether the grants allow an action in a session, so that pages offer nothing the server would refuse. */
export function mayDo(grants: readonly Grant[], action: Action, session: SessionScope): boolean {
  return grants.some((grant) => roleAllows(grant.role as Role, action) && covers(grant, session));
}
