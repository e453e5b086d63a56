import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'vite';

const LEAN = '\0gangbo-lean-contract';
/** What a viewer's phone loads: the room, what pages share, and the client. */
const LEAN_IMPORTERS = /\/src\/(?:client|web\/room|web\/shared)\//;
const CONTRACT = /\/contract\/(?:index|room)\.ts$/;

/**
 * Gives the viewer's page the contract without its schemas. The page needs the
 * addresses of the routes and a few limits; the schemas and zod with them, which
 * only the server checks with, would be a fifth of the first load. The values are
 * taken from the contract itself at build time; importing anything else from it
 * as a value there fails the build.
 */
export function leanContract(source: string): Plugin {
  return {
    name: 'gangbo-lean-contract',
    apply: 'build',
    enforce: 'pre',
    resolveId(id, importer) {
      return importer && CONTRACT.test(id) && LEAN_IMPORTERS.test(importer.split('?')[0] ?? '') ? LEAN : null;
    },
    async load(id) {
      if (id !== LEAN) return null;
      const contract: Record<string, unknown> = await import(pathToFileURL(join(source, 'contract/index.ts')).href);
      const { routes } = contract as typeof import('../../contract/index.ts');
      const lean = Object.fromEntries(
        Object.entries(routes).map(([name, route]) => [
          name,
          { method: route.method, path: route.path, ...('multipart' in route ? { multipart: route.multipart } : {}) },
        ]),
      );
      const limits = Object.entries(contract).filter(([, value]) => typeof value === 'number');
      return [['routes', lean] as const, ...limits].map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`).join('\n');
    },
  };
}
