import { existsSync } from 'node:fs';
import { buildPackages, buildWorker, cachedWorker, findWorker, sharedLibraryPackages } from '../../media/worker/install.mjs';
import { demand, hasCommand } from './system-packages.mjs';

/**
 * Gets the native worker onto the machine; media/worker/README.md says in which ways.
 * @param {(line: string) => void} report
 */
export async function installWorker(report) {
  if (await findWorker(process.env, report)) return;
  if (process.platform !== 'linux' || !hasCommand('apt-get'))
    throw new Error(
      'There is no mediasoup-worker for this machine to download, and building one is known for Debian and Ubuntu only.\nBuild it as https://mediasoup.org/documentation/v3/mediasoup/installation/ says and set MEDIASOUP_WORKER_BIN to it.',
    );
  if (cachedWorker(process.env) === 'does not start') {
    await demand(sharedLibraryPackages.map(asTool), report);
    if (cachedWorker(process.env) === 'starts') return;
  }
  await demand(buildPackages.map(asTool), report);
  report('building the mediasoup worker from its sources, once for this user');
  await buildWorker(process.env, report);
}

/** @param {{ package: string, command?: string, file?: string }} needed */
const asTool = ({ package: apt, command, file }) => ({
  what: `${apt}, for the mediasoup worker`,
  present: () => (command ? hasCommand(command) : existsSync(file ?? '')),
  apt,
});
