import type { Config } from '../config/index.ts';
import {
  dataFolder,
  embeddedSecrets,
  lockDataFolder,
  makeDataFolder,
  startEmbeddedPostgres,
  startEmbeddedRedis,
} from './store/embedded/index.ts';
import type { Logger } from './telemetry/logger.ts';

/** What the program stands on: named by the configuration, or brought along as private child processes. */
export interface Engines {
  databaseUrl: string;
  /** A `redis://` URL or the path of a unix socket. */
  redisAddress: string;
  tokenSecret: string;
  masterKey: string;
  /** Holds the embedded databases, the files and the generated secrets. */
  folder: string;
  /** Whether both databases are ours alone. */
  embedded: boolean;
  stop(): Promise<void>;
}

/**
 * Starts what the configuration does not name. Parts stop in the opposite order.
 * @throws DataFolderInUse, or naming the part that did not start
 */
export async function startEngines(config: Config, log: Logger, onExit: (reason: string) => void): Promise<Engines> {
  const folder = dataFolder(config.GANGBO_DATA);
  makeDataFolder(folder);
  const { DATABASE_URL, REDIS_URL, GANGBO_TOKEN_SECRET, GANGBO_MASTER_KEY } = config;
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  try {
    // Nodes on shared databases may share a folder for files; a database of one's own is for one.
    if (!DATABASE_URL || !REDIS_URL) stops.push(lockDataFolder(folder).release);
    const starting = await Promise.allSettled([
      REDIS_URL ? null : startEmbeddedRedis({ folder, log, onExit }),
      DATABASE_URL ? null : startEmbeddedPostgres({ folder, log, onExit }),
    ]);
    for (const part of starting) if (part.status === 'fulfilled' && part.value) stops.push(part.value.stop);
    const failed = starting.find((part) => part.status === 'rejected');
    if (failed) throw failed.reason;
    const [redis, postgres] = starting.map((part) => (part.status === 'fulfilled' ? part.value : null));
    const secrets = GANGBO_TOKEN_SECRET && GANGBO_MASTER_KEY ? null : embeddedSecrets(folder);
    return {
      databaseUrl: DATABASE_URL ?? postgres?.url ?? '',
      redisAddress: REDIS_URL ?? redis?.url ?? '',
      tokenSecret: GANGBO_TOKEN_SECRET ?? secrets?.tokenSecret ?? '',
      masterKey: GANGBO_MASTER_KEY ?? secrets?.masterKey ?? '',
      folder,
      embedded: !DATABASE_URL && !REDIS_URL,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
