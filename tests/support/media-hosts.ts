import { type RunningServer, startServer } from './server.ts';

export interface MediaHostProcess extends RunningServer {
  /** kill -9, and waits until the process is gone. */
  kill(): Promise<void>;
}

/**
 * A process of the program with the role media, on a loopback address of its
 * own (127.0.0.2 and so on are all this machine), ready when it has registered.
 * Its entry counts as living from the others' next reading on, within half a second.
 */
export async function startMediaHost(
  redisUrl: string,
  address: string,
  env: Record<string, string> = {},
  under: readonly string[] = [],
): Promise<MediaHostProcess> {
  const server = await startServer(
    {
      GANGBO_ROLE: 'media',
      REDIS_URL: redisUrl,
      GANGBO_HOST: address,
      GANGBO_MEDIA_HOST: address,
      GANGBO_MEDIA_PIPE_ADDRESS: address,
      GANGBO_MEDIA_WORKERS: '1',
      ...env,
    },
    under,
  );
  return {
    ...server,
    async kill() {
      const gone = new Promise((resolve) => server.process.once('exit', resolve));
      server.process.kill('SIGKILL');
      await gone;
    },
  };
}
