import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, type ErrorCode, errorTable, failure } from '../contract/index.ts';

/** What the parts below say when a request is not one they can read. */
const translations: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TOO_LARGE',
  FST_REQ_FILE_TOO_LARGE: 'TOO_LARGE',
  FST_FILES_LIMIT: 'BAD_INPUT',
  FST_FIELDS_LIMIT: 'BAD_INPUT',
  FST_PARTS_LIMIT: 'BAD_INPUT',
  FST_ERR_NOT_FOUND: 'NOT_FOUND',
  FST_ERR_HANDLER_TIMEOUT: 'OVERLOADED',
};

interface Fault {
  code?: unknown;
  statusCode?: unknown;
  message?: unknown;
}

/** The refusal an error stands for; null when it is nobody's fault but ours. */
export function refusalOf(error: unknown): CodedError | null {
  if (error instanceof CodedError) return error.code === 'INTERNAL' ? null : error;
  const { code, statusCode, message } = (error ?? {}) as Fault;
  const translated = typeof code === 'string' ? translations[code] : undefined;
  if (translated) return new CodedError(translated, { cause: error });
  if (statusCode === 404) return new CodedError('NOT_FOUND', { cause: error });
  if (statusCode === 413) return new CodedError('TOO_LARGE', { cause: error });
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const path = statusCode === 415 ? 'content-type' : '';
    return new CodedError('BAD_INPUT', { cause: error, issues: [{ path, message: String(message ?? 'unreadable') }] });
  }
  return null;
}

function send(reply: FastifyReply, refusal: CodedError, requestId: string) {
  const { code, issues, retryAfterMs } = refusal;
  reply.code(errorTable[code].status).type('application/json; charset=utf-8').header('cache-control', 'no-store');
  if (retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
  return reply.send(failure(code, { issues, retryAfterMs, requestId }));
}

/** A short page for people who follow a wrong link; programs get the reply shape. */
const lostPage = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>没有这个页面</title><body style="font-family:sans-serif;text-align:center;padding:20vh 1em">
<h1>没有这个页面</h1><p>链接可能已失效。There is nothing under this address.</p><p><a href="/">前往直播大厅 / to the lobby</a></p></body></html>`;

const wantsPage = (request: FastifyRequest) =>
  request.method === 'GET' && !request.url.startsWith('/api/') && String(request.headers.accept ?? '').includes('text/html');

/** Every failure leaves in the one reply shape, with the id of the request; only our own faults are logged as errors. */
export function answerFailures(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal) return send(reply, refusal, request.id);
    request.log.error({ err: error, route: request.routeOptions.url }, 'a request failed here');
    return send(reply, new CodedError('INTERNAL'), request.id);
  });
  app.setNotFoundHandler((request, reply) => {
    if (wantsPage(request)) return reply.code(404).type('text/html; charset=utf-8').send(lostPage);
    return send(reply, new CodedError('NOT_FOUND'), request.id);
  });
}

/** An answer for what never became a request: written to the socket as it is. */
export function rawFailure(error: { code?: string | undefined }): string {
  const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const body = JSON.stringify(failure(timedOut ? 'OVERLOADED' : 'BAD_INPUT'));
  const status = timedOut ? '408 Request Timeout' : '400 Bad Request';
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;
}
