import type { AddressInfo } from 'node:net';
import type { Config } from '../../config/index.ts';

/** What of an HTTP server is needed to listen. */
interface Listener {
  listen(options: { host: string; port: number }): Promise<unknown>;
  server: { address(): AddressInfo | string | null };
}

/**
 * Opens the port of the configuration.
 * @returns the port, and where the server is found on this machine
 * @throws Error naming the settings to look at
 */
export async function listen(
  http: Listener,
  config: Pick<Config, 'GANGBO_HOST' | 'GANGBO_PORT'>,
): Promise<{ port: number; origin: string }> {
  const { GANGBO_HOST: host, GANGBO_PORT: wanted } = config;
  await http.listen({ host, port: wanted }).catch((error: Error) => {
    throw new Error(`cannot listen on ${host}:${wanted} (GANGBO_HOST, GANGBO_PORT): ${error.message}`, { cause: error });
  });
  const address = http.server.address();
  const port = typeof address === 'object' && address ? address.port : wanted;
  const everywhere = host === '0.0.0.0' || host === '::';
  return { port, origin: `http://${everywhere ? '127.0.0.1' : host}:${port}` };
}
