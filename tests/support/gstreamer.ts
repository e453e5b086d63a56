import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { systemPython } from '../../config/setup/system-packages.mjs';

const script = fileURLToPath(new URL('gstreamer.py', import.meta.url));

const eventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('offer'), sdp: z.string() }),
  z.object({ event: z.literal('answer'), status: z.number(), sdp: z.string() }),
  z.object({ event: z.literal('state'), state: z.string() }),
  z.object({ event: z.literal('decoded'), audio: z.number(), video: z.number() }),
  z.object({ event: z.literal('closed'), status: z.number() }),
  z.object({ event: z.literal('error'), reason: z.string() }),
]);
type GstreamerEvent = z.output<typeof eventSchema>;

export interface GstreamerClient {
  /** What it has said so far. */
  events: GstreamerEvent[];
  /** The newest state of its peer connection. */
  state(): string;
  /** Buffers that it has decoded. */
  decoded(): { audio: number; video: number };
  /** Ends as a user would, with DELETE. @returns the status that was answered, null when it had nothing to close */
  close(): Promise<number | null>;
}

/** GStreamer's webrtcbin as a WHIP encoder or a WHEP player, in a process of its own. */
export function startGstreamer(action: 'publish' | 'watch', url: string, token: string): GstreamerClient {
  const child = spawn(systemPython(), [script, action, url, token], { stdio: ['pipe', 'pipe', 'inherit'] });
  const events: GstreamerEvent[] = [];
  createInterface(child.stdout).on('line', (line) => events.push(eventSchema.parse(JSON.parse(line))));
  const newest = <E extends GstreamerEvent['event']>(name: E) =>
    events.findLast((event): event is Extract<GstreamerEvent, { event: E }> => event.event === name);
  return {
    events,
    state: () => newest('state')?.state ?? 'new',
    decoded: () => newest('decoded') ?? { audio: 0, video: 0 },
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.stdin.end();
        const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000);
        await ended;
        clearTimeout(deadline);
      }
      return newest('closed')?.status ?? null;
    },
  };
}
