import { createHash } from 'node:crypto';
import { type FastifyInstance, fastify } from 'fastify';

interface Reference {
  page: string;
  script: Buffer;
  policy: string;
}

/**
 * Renders the reference page once. Its program is 5 MB of text, so it is loaded
 * when somebody first opens the page, through a server of its own that is thrown
 * away again.
 */
async function render(): Promise<Reference> {
  const { default: reference } = await import('@scalar/fastify-api-reference');
  const app = fastify();
  await app.register(reference, {
    routePrefix: '/docs',
    configuration: {
      url: '/api/v1/openapi.json',
      pageTitle: 'Gangbo 崗播 API',
      // Everything comes from this server: the page works without the internet and tells nobody about itself.
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: 'never',
      hideClientButton: true,
      agent: { disabled: true, hideAddApi: true },
      mcp: { disabled: true },
      persistAuth: false,
    },
  });
  const page = (await app.inject('/docs/')).payload;
  const script = (await app.inject('/docs/js/scalar.js')).rawPayload;
  await app.close();
  const inline = [...page.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, code = '']) => code);
  const hashes = inline.map((code) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`);
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${hashes.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { page, script, policy };
}

/** The readable reference of the interface at /docs. */
export function serveReference(app: FastifyInstance): void {
  let rendered: Promise<Reference> | undefined;
  const reference = () => {
    rendered ??= render().catch((error: unknown) => {
      rendered = undefined;
      throw error;
    });
    return rendered;
  };
  app.get('/docs', (_request, reply) => reply.redirect('/docs/', 301));
  app.get('/docs/', async (_request, reply) => {
    const { page, policy } = await reference();
    return reply.header('content-security-policy', policy).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
  });
  app.get('/docs/js/scalar.js', async (_request, reply) => {
    const { script } = await reference();
    return reply.header('cache-control', 'public, max-age=3600').type('text/javascript; charset=utf-8').send(script);
  });
}
