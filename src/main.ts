import { ConfigError, describeSettings, loadConfig } from '../config/index.ts';
import { type App, startApp } from './app.ts';
import { describeLinks } from './links.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createTrace } from './telemetry/trace.ts';

/** What a parent process (a test, a supervisor with an IPC channel) is told once everything answers. */
export interface ReadyMessage {
  type: 'ready';
  origin: string;
  databaseUrl: string;
  redisUrl: string;
}

/** How long a stop may take before the process ends all the same, beyond the time given to clients to move. */
const STOP_MS = 15_000;
/** How long the parts may take when a database is gone: most of what they wait for will not come. */
const FATAL_MS = 2_000;

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  process.stdout.write(
    `Gangbo 崗播\n\n  npm start              run it\n  npm start -- --help    this page\n\nSettings, from the environment or the JSON file named by GANGBO_CONFIG:\n\n${describeSettings()}\n`,
  );
} else {
  await run();
}

function readConfig() {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return null;
  }
}

async function run(): Promise<void> {
  const config = readConfig();
  if (!config) {
    process.exitCode = 2;
    return;
  }
  const trace = createTrace();
  const log = createLogger({
    requestId: trace.current,
    level: config.GANGBO_LOG_LEVEL,
    pretty: config.GANGBO_LOG_PRETTY ?? process.stdout.isTTY === true,
  });
  const abort = new AbortController();
  let starting: Promise<App> | undefined;
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
    // Also in the middle of starting: its children must not outlive us. startApp has stopped what it started when it rejects.
    await starting?.then(
      (app) => app.stop(patienceMs),
      () => undefined,
    );
    log.info({}, 'stopped');
    process.exit(exitCode);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0));
  endOnSurprise(log, { ending: () => stopping || failing, stop: () => stop('an unexpected error', 1) });

  let app: App;
  try {
    starting = startApp({
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
  process.stdout.write(describeLinks(app));
  const message: ReadyMessage = { type: 'ready', origin: app.origin, databaseUrl: app.databaseUrl, redisUrl: app.redisUrl };
  process.send?.(message);
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
