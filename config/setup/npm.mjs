import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const clone = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const bin = join(clone, 'node_modules/.bin');

/**
 * How to call npm. Inside an npm script, by the Node that npm itself runs on: the
 * pinned Node in node_modules is about to be replaced.
 * @returns {{ command: string, args: string[] }}
 */
export function npmCommand() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  return cli && node ? { command: node, args: [cli] } : { command: 'npm', args: [] };
}

/** The environment for tools of node_modules: the pinned Node comes first. */
export const toolEnvironment = () => ({ ...process.env, PATH: `${bin}:${process.env.PATH}` });

/** The environment for npm: without the pinned Node, which npm is about to replace. */
export const npmEnvironment = () => ({
  ...process.env,
  PATH: (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => folder !== bin)
    .join(':'),
});
