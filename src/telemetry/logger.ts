import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

/**
 * Keys whose values are personal data or secrets wherever they turn up in a log
 * line. Services are not to log them at all; this is the net below.
 */
const PRIVATE_KEYS = [
  'password',
  'token',
  'refreshToken',
  'authorization',
  'cookie',
  'code',
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
  'login',
  'sdp',
];
// `code` is also the name of error codes, which operators need: it is only private next to a phone.
const DEPTHS = ['', '*.', '*.*.', '*.*.*.'];
const redacted = DEPTHS.flatMap((depth) => PRIVATE_KEYS.filter((key) => key !== 'code').map((key) => `${depth}${key}`));

/** What is kept of an error: PostgreSQL's `detail` and `where` quote row values, so only these fields pass. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error };
  const { name, message, stack } = error;
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: error.code } : {};
  const cause = error.cause instanceof Error ? { cause: describeError(error.cause) } : {};
  return { type: name, message: withoutNumbers(message), stack: withoutNumbers(stack ?? ''), ...code, ...cause };
}

/** Long digit runs in messages of libraries may be phone numbers. */
function withoutNumbers(text: string): string {
  return text.replace(/\+?\d{11,}/g, '[digits]');
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
}

/** The program's logger: JSON lines, personal data redacted. */
export function createLogger({ level, pretty: readable, destination }: LoggerOptions): Logger {
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
  };
  return stream ? pino(options, stream) : pino(options);
}
