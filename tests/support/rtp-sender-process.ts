import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RtpIngest } from '../../media/types.ts';
import { sendPicture } from './rtp-sender.ts';

/** Sends the picture from another place, for example a network namespace; answers what stops it. */
export function sendPictureUnder(under: readonly string[], ingest: RtpIngest): () => void {
  const [command = process.execPath, ...args] = [...under, process.execPath, fileURLToPath(import.meta.url), JSON.stringify(ingest)];
  const child: ChildProcess = spawn(command, args, { stdio: 'ignore' });
  return () => child.kill('SIGKILL');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) sendPicture(JSON.parse(process.argv[2] ?? '') as RtpIngest);
