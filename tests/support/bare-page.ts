import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BarePage {
  origin: string;
  close(): Promise<void>;
}

/** An empty page of somebody else's, on an origin of its own: no library, no cookie of ours. */
export async function serveBarePage(): Promise<BarePage> {
  const server = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><title>bare</title><video data-testid="room-video" muted autoplay playsinline></video>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
