import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Which built page answers which address. What follows `#` (an invitation) never reaches the server. */
const pages: Record<string, string> = {
  '/': 'room/index.html',
  '/s/:sessionId': 'room/index.html',
  '/studio': 'studio/index.html',
  '/studio/*': 'studio/index.html',
  '/join': 'studio/index.html',
  '/desk': 'desk/index.html',
  '/desk/*': 'desk/index.html',
};
const YEAR_SECONDS = 31_536_000;

/** Serves the pages built into `folder`: hashed assets for ever, html asked for again each time. */
export async function servePages(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(folder)) {
    app.log.warn({ folder }, 'the pages have not been built: only the interface answers');
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, path) {
      const hashed = path.startsWith(join(folder, 'assets'));
      const fresh = path.endsWith('.html') || /\.html\.(br|gz)$/.test(path);
      void reply.header(
        'cache-control',
        hashed ? `public, max-age=${YEAR_SECONDS}, immutable` : fresh ? 'no-cache' : 'public, max-age=3600',
      );
    },
  });
  for (const [url, file] of Object.entries(pages)) app.get(url, (_request, reply) => reply.sendFile(file));
}
