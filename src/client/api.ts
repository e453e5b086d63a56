import { type ErrorCode, type Failure, type Reply, type RouteData, type RouteName, type RouteRequest, routes } from '../contract/index.ts';

/** A failure reply as an exception: `code` decides what the page does, `message` is for the person. */
export class ReplyError extends Error {
  readonly code: ErrorCode;
  readonly failure: Failure['error'];
  constructor(failure: Failure['error']) {
    super(failure.message);
    this.name = 'ReplyError';
    this.code = failure.code;
    this.failure = failure;
  }
}

/** No answer came: the network, a time limit, or something that is not Gangbo. */
export class UnreachableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreachableError';
  }
}

export interface ApiOptions {
  /** Origin of the server, without a trailing slash; empty for the page's own. */
  origin?: string;
  /** The access token to send, if any. */
  token?: () => string | null;
  /** Called once when a token expired; a new token makes the request run again. */
  renew?: () => Promise<string | null>;
  fetch?: typeof fetch;
  timeoutMs?: number;
}

type RequestParts<N extends RouteName> = {
  [K in keyof RouteRequest<N> as undefined extends RouteRequest<N>[K] ? never : K]: RouteRequest<N>[K];
} & {
  /** The file part of a multipart route. */
  file?: Blob & { name?: string };
};

/** `/a/:id` with its parameters filled in and the query appended; absent values are left out. */
function address(path: string, params: Record<string, string> = {}, query: Record<string, unknown> = {}): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, String(value));
  return `/api/v1${filled}${search.size > 0 ? `?${search}` : ''}`;
}

/** The REST interface, typed by the contract's table of routes. */
export function createApi({
  origin = '',
  token = () => null,
  renew,
  fetch: send = (...call) => fetch(...call),
  timeoutMs = 20_000,
}: ApiOptions = {}) {
  async function attempt<N extends RouteName>(name: N, parts: RequestParts<N>, bearer: string | null): Promise<Reply<RouteData<N>>> {
    const route = routes[name];
    const { params, query, body, file } = parts as {
      params?: Record<string, string>;
      query?: Record<string, unknown>;
      body?: unknown;
      file?: Blob & { name?: string };
    };
    const headers: Record<string, string> = bearer ? { authorization: `Bearer ${bearer}` } : {};
    let content: BodyInit | undefined;
    if ('multipart' in route && route.multipart) {
      const form = new FormData();
      form.append('application', new Blob([JSON.stringify(body)], { type: 'application/json' }));
      if (file) form.append('file', file, file.name ?? 'resume');
      content = form;
    } else if (route.method !== 'GET') {
      headers['content-type'] = 'application/json';
      content = JSON.stringify(body ?? {});
    }
    try {
      const response = await send(origin + address(route.path, params, query), {
        method: route.method,
        headers,
        ...(content === undefined ? {} : { body: content }),
        credentials: 'same-origin',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return (await response.json()) as Reply<RouteData<N>>;
    } catch (cause) {
      throw new UnreachableError(`no answer from ${route.method} ${route.path}`, { cause });
    }
  }

  return {
    /**
     * Calls a route and returns its data.
     * @throws ReplyError with the code of a refusal; UnreachableError when no reply came
     */
    async call<N extends RouteName>(
      name: N,
      ...[parts]: keyof RequestParts<N> extends 'file' ? [parts?: RequestParts<N>] : [parts: RequestParts<N>]
    ): Promise<RouteData<N>> {
      const given = (parts ?? {}) as RequestParts<N>;
      let reply = await attempt(name, given, token());
      if (!reply.ok && renew && (reply.error.code === 'TOKEN_EXPIRED' || reply.error.code === 'UNAUTHENTICATED')) {
        const renewed = await renew();
        if (renewed) reply = await attempt(name, given, renewed);
      }
      if (!reply.ok) throw new ReplyError(reply.error);
      return reply.data;
    },
  };
}
export type Api = ReturnType<typeof createApi>;
