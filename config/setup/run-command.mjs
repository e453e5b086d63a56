import { spawn } from 'node:child_process';

const KEPT_LINES = 60;

/**
 * Runs a command to its end, quietly: its output is shown when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<void>}
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-64_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => reject(new Error(`${command} cannot be run: ${error.message}`)));
    child.once('close', (status, signal) => {
      if (status === 0) return resolve();
      const lines = output.trimEnd().split('\n').slice(-KEPT_LINES).join('\n');
      reject(new Error(`${[command, ...args].join(' ')} ended with ${signal ?? `status ${status}`}:\n${lines}`));
    });
  });
}
