import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { fileRoutes, parseInput } from '../../contract/index.ts';
import type { ApplicationService } from '../../domain/application/service.ts';

const tokenSchema = z.object({ '*': z.string().min(10).max(1000) });

/** `Content-Disposition: attachment` with a name in any script (RFC 6266, RFC 8187). */
function attachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** GET /api/v1/files/:token: the résumé file that a link of an opened application leads to. The token in it is the permission. */
export function registerResumeFiles(app: FastifyInstance, { applications }: { applications: Pick<ApplicationService, 'download'> }): void {
  // A wildcard, because a token is longer than the path parameters that fastify accepts by default.
  app.get(`/api/v1${fileRoutes.resumeFile.replace(':token', '*')}`, async (request, reply) => {
    const { '*': token } = parseInput(tokenSchema, request.params);
    const file = await applications.download(token);
    return reply
      .header('content-type', file.mediaType)
      .header('content-disposition', attachment(file.name))
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "sandbox; default-src 'none'")
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', 'private, no-store')
      .send(file.bytes);
  });
}
