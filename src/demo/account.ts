import { randomBytes } from 'node:crypto';
import { type Api, createApi } from '../client/index.ts';

/** fetch with a cookie jar, as a browser keeps one: the device and sign-in cookies live in it. */
export function createCookieFetch(): typeof fetch {
  const jar = new Map<string, string>();
  return async (input, init) => {
    const headers = new Headers(init?.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    const response = await fetch(input, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const separator = pair.indexOf('=');
      const [name, value] = [pair.slice(0, separator), pair.slice(separator + 1)];
      if (value) jar.set(name, value);
      else jar.delete(name);
    }
    return response;
  };
}

/** One person's access: the newest token, kept by the interface's own sign-in and renewal. */
export interface Access {
  api: Api;
  token: () => string;
  setToken: (token: string) => void;
}

export function createAccess(origin: string, kind: 'staff' | 'viewer'): Access {
  const withCookies = createCookieFetch();
  const tagged: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('x-gangbo-kind', kind);
    headers.set('origin', origin);
    return withCookies(input, { ...init, headers });
  };
  let token = '';
  const bare = createApi({ origin, fetch: tagged });
  const api = createApi({
    origin,
    fetch: tagged,
    token: () => token || null,
    renew: async () => {
      token = (await bare.call('renew')).token;
      return token;
    },
  });
  return {
    api,
    token: () => token,
    setToken: (next) => {
      token = next;
    },
  };
}

export const newPassword = () => randomBytes(12).toString('base64url');
export const newOnceId = () => randomBytes(12).toString('base64url');
