import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

/**
 * Keys whose values are personal data or secrets wherever they turn up in a log
 * line. Services are not to log them at all; this is the net below. (`code` is
 * not among them: it is what error codes, which operators need, are called.)
 */
const PRIVATE_KEYS = [
  'password',
  'token',
  'refreshToken',
  'authorization',
  'cookie',
  'developmentCode',
  'phone',
  'name',
  'displayName',
  'fileName',
  'viewerName',
  'applicantName',
  'authorName',
  'text',
  'form',
  'experience',
  'school',
  'major',
  'degree',
  'body',
  'link',
  'login',
  'sdp',
];
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
const redacted = DEPTHS.flatMap((depth) => PRIVATE_KEYS.map((key) => `${depth}${key}`));

/** What is kept of an error: PostgreSQL's `detail` and `where` quote row values, so only these fields pass. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error };
  const { name, stack = '' } = error;
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {};
  // A stack begins with the message.
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return { type: name, message: withoutValues(error), stack: frames.join('\n'), ...code, ...cause };
}

/** Some messages quote what could not be read: the JSON parser's, and PostgreSQL's of class 22 (data exception). */
function withoutValues(error: Error): string {
  if (error instanceof SyntaxError && error.message.includes('JSON')) return 'not valid JSON';
  const quotes = 'code' in error && /^22[0-9A-Z]{3}$/.test(String(error.code));
  const message = quotes ? error.message.replace(/".*"/s, '"[value]"') : error.message;
  // Long digit runs may be phone numbers.
  return message.replace(/\+?\d{11,}/g, '[digits]');
}

/** An address without its query, and without the token of a signed link. */
function describeUrl(url: string): string {
  return url.replace(/[?#].*$/, '').replace(/\/files\/[^/]+/, '/files/[token]');
}

export interface LoggerOptions {
  level: string;
  /** Readable lines for a terminal instead of JSON. */
  pretty: boolean;
  /** Where lines go; default standard output. */
  destination?: DestinationStream;
  /** The id of the request being served, added to every line that does not name one. */
  requestId?: () => string | undefined;
}

/** The program's logger: JSON lines, personal data redacted. */
export function createLogger({ level, pretty: readable, destination, requestId }: LoggerOptions): Logger {
  const stream = destination ?? (readable ? pretty({ translateTime: 'HH:MM:ss', ignore: 'pid,hostname', sync: true }) : undefined);
  const options = {
    level,
    redact: { paths: redacted, censor: '[private]' },
    serializers: {
      err: describeError,
      error: describeError,
      req: (request: { method?: string; url?: string; id?: unknown }) => ({
        method: request.method,
        url: describeUrl(request.url ?? ''),
        id: request.id,
      }),
      res: (response: { statusCode?: number }) => ({ status: response.statusCode }),
    },
    base: { pid: process.pid },
    mixin: (_line: object, _level: number, logger: Logger) => {
      const id = requestId?.();
      return id === undefined || 'requestId' in logger.bindings() ? {} : { requestId: id };
    },
  };
  return stream ? pino(options, stream) : pino(options);
}
