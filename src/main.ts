import { parseArgs } from 'node:util';
import { type Config, ConfigError, describeSettings, loadConfig } from '../config/index.ts';
import { type AppOptions, startApp } from './app.ts';
import { describeLinks, describeMediaHost } from './links.ts';
import { startMediaApp } from './media-app.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createTrace } from './telemetry/trace.ts';

/** What a parent process (a test, a supervisor with an IPC channel) is told once everything answers. */
export interface ReadyMessage {
  type: 'ready';
  origin: string;
  /** Empty for a media host, which needs none. */
  databaseUrl: string;
  redisUrl: string;
}

/** How long a stop may take before the process ends all the same, beyond the time given to clients to move. */
const STOP_MS = 15_000;
/** How long the parts may take when a database is gone: most of what they wait for will not come. */
const FATAL_MS = 2_000;

const usage = `Gangbo 崗播

  npm start                          run it
  npm start -- --role media          carry media alone, for other processes on the same Redis (GANGBO_ROLE)
  npm start -- --role room           serve people without media workers here
  npm start -- --help                this page
`;

await main();

/** @throws never: a fault of the command line or the configuration is told and ends the program with status 2 */
async function main(): Promise<void> {
  const fault = (message: string) => {
    process.stderr.write(`${message}\n`);
    process.exitCode = 2;
  };
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' }, role: { type: 'string' } } });
    if (values.help)
      process.stdout.write(`${usage}\nSettings, from the environment or the JSON file named by GANGBO_CONFIG:\n\n${describeSettings()}\n`);
    else await run(loadConfig(values.role === undefined ? process.env : { ...process.env, GANGBO_ROLE: values.role }));
  } catch (error) {
    if (error instanceof ConfigError) return fault(error.message);
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      return fault(`${error.message}\n\n${usage}`);
    throw error;
  }
}

/** A running program: everything, or media alone. */
interface Running {
  ready: ReadyMessage;
  greeting: string;
  stop(patienceMs?: number): Promise<void>;
}

async function start(options: AppOptions): Promise<Running> {
  if (options.config.GANGBO_ROLE === 'media') {
    const app = await startMediaApp(options);
    const { origin, redisUrl, stop } = app;
    return { ready: { type: 'ready', origin, redisUrl, databaseUrl: '' }, greeting: describeMediaHost(app), stop };
  }
  const app = await startApp(options);
  const { origin, redisUrl, databaseUrl, stop } = app;
  return { ready: { type: 'ready', origin, redisUrl, databaseUrl }, greeting: describeLinks(app), stop };
}

async function run(config: Config): Promise<void> {
  const trace = createTrace();
  const log = createLogger({
    requestId: trace.current,
    level: config.GANGBO_LOG_LEVEL,
    pretty: config.GANGBO_LOG_PRETTY ?? process.stdout.isTTY === true,
  });
  const abort = new AbortController();
  let starting: Promise<Running> | undefined;
  let stopping = false;
  let failing = false;

  const stop = async (reason: string, exitCode: number, patienceMs?: number) => {
    if (stopping) return;
    stopping = true;
    abort.abort(new Error(reason));
    log.info({ reason }, 'stopping: finishing what was accepted, moving clients');
    const late = setTimeout(
      () => {
        log.fatal({}, 'the stop took too long; ending now. What was acknowledged is stored');
        process.exit(1);
      },
      STOP_MS + config.GANGBO_DRAIN_SECONDS * 1000,
    );
    late.unref();
    // Also in the middle of starting: its children must not outlive us. the start has stopped what it started when it rejects.
    await starting?.then(
      (app) => app.stop(patienceMs),
      () => undefined,
    );
    log.info({}, 'stopped');
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0));
  endOnSurprise(log, { ending: () => stopping || failing, stop: () => stop('an unexpected error', 1) });

  let app: Running;
  try {
    starting = start({
      config,
      log,
      trace,
      stopping: abort.signal,
      onFatal: (reason) => void stop(reason, 1, FATAL_MS),
      onFailing: () => {
        failing = true;
      },
    });
    app = await starting;
  } catch {
    if (abort.signal.aborted) return;
    process.exit(1);
  }
  if (stopping) return;
  process.stdout.write(app.greeting);
  process.send?.(app.ready);
}

/**
 * A rejection or exception nobody caught leaves unknown state behind: say so, stop in order, let the supervisor
 * start anew. While the program ends anyway, it is a connection's last word and hides the reason for the end.
 */
function endOnSurprise(log: Logger, { ending, stop }: { ending: () => boolean; stop: () => Promise<void> }): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      if (ending()) return log.debug({ err: error, event }, 'a part complained while the program ended');
      log.fatal({ err: error, event }, 'unexpected error; please report the lines above with this one');
      void stop();
    });
  }
}
