import { readFileSync } from 'node:fs';
import { type Config, type Setting, type SettingName, settings } from './schema.ts';

/** Settings that are missing, unknown or bad, all of them at once. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}\nnpm start -- --help lists every setting.`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const names = Object.keys(settings) as SettingName[];
const known = new Set<string>([...names, 'GANGBO_CONFIG']);

/** Reads the optional file; its settings are overridden by the environment. */
function readFile(path: string | undefined, faults: string[]): Record<string, unknown> {
  if (!path) return {};
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as Record<string, unknown>;
    faults.push(`GANGBO_CONFIG: ${path} must hold one JSON object of settings`);
  } catch (error) {
    faults.push(`GANGBO_CONFIG: cannot read ${path}: ${(error as Error).message}`);
  }
  return {};
}

/** What the environment would say: in the file, numbers, flags and JSON may stand as themselves. */
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The known name nearest to a mistyped one, if any is near. */
function nearest(name: string): string | undefined {
  const words = new Set(name.split('_'));
  const ranked = [...known].map((candidate) => ({ candidate, shared: candidate.split('_').filter((word) => words.has(word)).length }));
  ranked.sort((a, b) => b.shared - a.shared);
  return ranked[0] && ranked[0].shared >= 2 ? ranked[0].candidate : undefined;
}

/**
 * The configuration from environment variables and the JSON file named by
 * GANGBO_CONFIG. An empty variable counts as absent.
 * @throws ConfigError naming every unknown or bad setting and what is allowed
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const file = readFile(env.GANGBO_CONFIG, faults);
  for (const name of [...Object.keys(env).filter((key) => key.startsWith('GANGBO_')), ...Object.keys(file)]) {
    if (known.has(name)) continue;
    const near = nearest(name);
    faults.push(`${name}: no such setting${near ? `; did you mean ${near}?` : ''}`);
  }
  const config: Record<string, unknown> = {};
  for (const name of names) {
    const given = env[name] || asText(file[name]);
    const setting: Setting = settings[name];
    const parsed = setting.schema.safeParse(given);
    if (parsed.success) config[name] = parsed.data;
    else
      faults.push(
        `${name}${setting.secret ? '' : ` = ${JSON.stringify(given)}`}: ${parsed.error.issues.map((issue) => issue.message).join('; ')} (${setting.description})`,
      );
  }
  const production = config.NODE_ENV === 'production';
  const role = config.GANGBO_ROLE;
  if (role !== undefined && role !== 'all' && config.REDIS_URL === undefined) {
    faults.push(
      `REDIS_URL: must be set with the role ${role}, which works with other processes through it (${settings.REDIS_URL.description})`,
    );
  }
  for (const name of ['GANGBO_TOKEN_SECRET', 'GANGBO_MASTER_KEY'] as const) {
    // A media host neither signs nor keeps anything.
    if (production && role !== 'media' && config[name] === undefined)
      faults.push(`${name}: must be set in production (${settings[name].description})`);
  }
  if (production && config.GANGBO_DEMO === true) faults.push('GANGBO_DEMO: must not be true in production');
  if (config.GANGBO_DEMO === true && role !== undefined && role !== 'all') faults.push('GANGBO_DEMO: needs the role all');
  if ((config.GANGBO_TURN_URLS as string[] | undefined)?.length && config.GANGBO_TURN_SECRET === undefined) {
    faults.push(`GANGBO_TURN_SECRET: must be set with GANGBO_TURN_URLS (${settings.GANGBO_TURN_SECRET.description})`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config) as Config;
}

/** Every setting with its default and description, for `--help`. */
export function describeSettings(): string {
  return names
    .map((name) => {
      const setting: Setting = settings[name];
      const byDefault = setting.schema.safeParse(undefined);
      const shown =
        byDefault.success && byDefault.data !== undefined
          ? ` [${typeof byDefault.data === 'string' ? byDefault.data : JSON.stringify(byDefault.data)}]`
          : '';
      return `  ${name}${shown}\n      ${setting.description}`;
    })
    .join('\n');
}
