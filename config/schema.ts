import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
const seconds = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
/** RFC 7064 and 7065. A browser that is given anything else opens no connection at all. */
const iceUrl = (schemes: string) =>
  z
    .string()
    .regex(
      new RegExp(`^(${schemes}):(\\[[0-9a-f:.]+\\]|[^\\s:/?@]+)(:\\d{1,5})?(\\?transport=(udp|tcp))?$`, 'i'),
      `such as ${schemes.split('|')[0]}:turn.example.org:3478?transport=udp`,
    );
const fixedIceServer = z
  .object({ urls: z.array(iceUrl('turns|turn|stuns|stun')).min(1), username: z.string().optional(), credential: z.string().optional() })
  .refine(({ urls, username, credential }) => (username && credential) || urls.every((url) => url.startsWith('stun')));
const keyText = z.string().min(32, 'at least 32 characters of randomness');

/** One setting: the schema of its value, what it is for, and whether it must never be shown. */
export interface Setting {
  schema: z.ZodType;
  description: string;
  secret?: boolean;
}

const setting = <S extends z.ZodType>(schema: S, description: string, more: { secret?: boolean } = {}) => ({
  schema,
  description,
  ...more,
});

/** Every setting there is. Names are those of the environment and of the optional JSON file. */
export const settings = {
  NODE_ENV: setting(
    z.enum(['development', 'production', 'test']).default('development'),
    'production: no demo, no development SMS, secrets must be given',
  ),
  GANGBO_ROLE: setting(
    z.enum(['all', 'room', 'media']).default('all'),
    'What this process does: everything; the rooms without media workers; or media alone (also --role media). room and media need REDIS_URL',
  ),
  GANGBO_HOST: setting(z.string().default('0.0.0.0'), 'Address the HTTP server listens on'),
  GANGBO_PORT: setting(port.default(8080), 'Port of the HTTP server; 0 takes a free one'),
  GANGBO_PUBLIC_URL: setting(
    z.url({ protocol: /^https?$/ }).optional(),
    'The address people use, for links; default http://localhost:<port>',
  ),
  GANGBO_TRUST_PROXY: setting(
    flag.default(false),
    'There is one proxy in front: believe the address it adds to X-Forwarded-For (rate limits are per address)',
  ),
  GANGBO_DATA: setting(
    z.string().min(1).optional(),
    'Folder of the embedded databases, files and generated secrets; default ./data, as root /var/lib/gangbo when the clone is in a private home',
  ),
  DATABASE_URL: setting(
    z.url({ protocol: /^postgres(ql)?$/, error: 'a postgresql:// URL' }).optional(),
    'PostgreSQL 14 or newer; default: embedded, private',
    { secret: true },
  ),
  GANGBO_DATABASE_CONNECTIONS: setting(z.coerce.number().int().min(2).max(200).default(10), 'Most connections to PostgreSQL'),
  REDIS_URL: setting(
    z
      .union([z.url({ protocol: /^rediss?$/ }), z.string().startsWith('/')], 'a redis:// or rediss:// URL, or the path of a unix socket')
      .optional(),
    'Redis 6.2 or newer with appendonly, as a URL or the path of a unix socket; default: embedded, private',
    { secret: true },
  ),
  GANGBO_DEMO: setting(
    flag.optional(),
    'Set up the demo fair with a live session; default true with an empty embedded database outside production',
  ),
  GANGBO_TOKEN_SECRET: setting(keyText.optional(), 'Signs access tokens and links; generated into the data folder outside production', {
    secret: true,
  }),
  GANGBO_MASTER_KEY: setting(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/i, '64 hexadecimal digits, for example from: openssl rand -hex 32')
      .optional(),
    'Wraps the keys of personal data; generated into the data folder outside production. Losing it loses every résumé',
    { secret: true },
  ),
  GANGBO_ORGANIZER_LOGIN: setting(
    z.string().min(3).max(64).default('organizer'),
    'Login of the first organizer, made when there is no staff yet',
  ),
  GANGBO_ORGANIZER_PASSWORD: setting(
    z.string().min(10).max(200).optional(),
    'Password of the first organizer; outside production one is generated and printed',
    { secret: true },
  ),
  GANGBO_SMS_URL: setting(
    z.url({ protocol: /^https?$/ }).optional(),
    'SMS gateway for one-time codes: gets POST {phone, code} as JSON. Outside production codes are shown instead',
  ),
  GANGBO_SMS_TOKEN: setting(z.string().min(16).optional(), 'Bearer token sent to the SMS gateway', { secret: true }),
  GANGBO_LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    'Least severe level that is logged',
  ),
  GANGBO_LOG_PRETTY: setting(flag.optional(), 'Readable log lines instead of JSON; default true on a terminal'),
  GANGBO_METRICS_TOKEN: setting(
    z.string().min(16).optional(),
    'Bearer token /metrics demands; without it only this machine may read it, and not through a proxy',
    {
      secret: true,
    },
  ),
  GANGBO_VISIT_GRACE_SECONDS: setting(seconds(1, 600).default(30), 'Rule V1: how long a viewer may be gone within one visit'),
  GANGBO_ACCESS_TOKEN_SECONDS: setting(seconds(60, 3600).default(900), 'Life of an access token'),
  GANGBO_REQUESTS_PER_MINUTE: setting(
    z.coerce.number().int().min(10).max(1_000_000).default(600),
    'HTTP requests a minute from one address; a school shares one, so keep it generous',
  ),
  GANGBO_EVENTS_PER_SECOND: setting(
    z.coerce.number().int().min(1).max(10_000).default(20),
    'Socket events a second of one connection; bursts of twice as many pass',
  ),
  GANGBO_DRAIN_SECONDS: setting(seconds(0, 300).default(5), 'How long clients have to move to another node when this one stops'),
  MEDIASOUP_WORKER_BIN: setting(z.string().optional(), 'Path of the mediasoup-worker binary; the set-up finds or builds one'),
  GANGBO_MEDIA_WORKERS: setting(z.coerce.number().int().min(1).max(256).optional(), 'mediasoup workers; default one per core'),
  GANGBO_MEDIA_HOST: setting(z.string().default('0.0.0.0'), 'Address the media ports listen on'),
  GANGBO_MEDIA_ADDRESS: setting(
    list.default([]),
    'Addresses announced to browsers for media, separated by commas; default: the address of the network interface, and 127.0.0.1',
  ),
  GANGBO_MEDIA_PORT: setting(port.default(40000), 'First media port, UDP and TCP; worker n takes this plus n. 0 takes free ones'),
  GANGBO_MEDIA_PIPE_ADDRESS: setting(
    z.string().min(1).max(255).optional(),
    'Address of this machine for other media hosts of the installation; default: the address of the network interface',
  ),
  GANGBO_MEDIA_PIPE_PORTS: setting(
    z
      .string()
      .regex(/^\d{1,5}-\d{1,5}$/, 'two ports, such as 41000-41999')
      .transform((text) => text.split('-').map(Number) as [number, number])
      .refine(([min, max]) => min > 0 && min < max && max <= 65_535, 'the first below the second, both up to 65535')
      .default([41_000, 41_999]),
    'UDP ports for streams between media hosts; keep them closed to everybody else',
  ),
  GANGBO_STAGE_GUESTS: setting(z.coerce.number().int().min(0).max(8).default(3), 'Most viewers on stage (連麥) beside the recruiter'),
  GANGBO_CALL_MINUTES: setting(
    z.coerce.number().int().min(1).max(240).default(15),
    'How long a one-to-one room may last once it is answered',
  ),
  GANGBO_TURN_URLS: setting(
    list.pipe(z.array(iceUrl('turn|turns'))).default([]),
    'TURN servers with short-lived credentials (coturn: use-auth-secret), separated by commas: turn:turn.example.org:3478?transport=udp',
  ),
  GANGBO_TURN_SECRET: setting(z.string().min(16).optional(), 'The static-auth-secret that those TURN servers share', { secret: true }),
  GANGBO_TURN_SECONDS: setting(
    seconds(300, 86_400).default(14_400),
    'Life of a TURN credential; a transport outlives it only by what TURN allows',
  ),
  GANGBO_ICE_SERVERS: setting(
    z
      .string()
      .transform((text, context) => {
        try {
          return z.array(fixedIceServer).parse(JSON.parse(text));
        } catch {
          context.addIssue({
            code: 'custom',
            message: 'JSON like [{"urls":["turn:turn.example.org:3478"],"username":"u","credential":"p"}]',
          });
          return z.NEVER;
        }
      })
      .default([]),
    'STUN and TURN servers with fixed credentials given to browsers, as JSON',
    { secret: true },
  ),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
export type Config = { readonly [N in SettingName]: z.output<(typeof settings)[N]['schema']> };
