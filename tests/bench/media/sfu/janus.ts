import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Swarm } from '../../../../media/simulate/swarm-crowd.ts';
import { until } from '../../../support/until.ts';
import { videoPayloadType } from '../source/source.ts';
import { processorTimeMs } from './processor-time.ts';
import type { Sfu } from './sfu.ts';

const binary = process.env.JANUS_BIN ?? '/usr/bin/janus';

/** What is missing, with the command that gets it; undefined when Janus is here. */
export const janusMissing = (): string | undefined => (existsSync(binary) ? undefined : 'no Janus here: apt-get install janus');

const replySchema = z.object({
  janus: z.string(),
  transaction: z.string().optional(),
  sender: z.number().optional(),
  data: z.object({ id: z.number() }).optional(),
  jsep: z.object({ type: z.string(), sdp: z.string() }).optional(),
  error: z.object({ reason: z.string() }).optional(),
  plugindata: z.object({ data: z.object({ error: z.string().optional() }) }).optional(),
});
type Reply = z.infer<typeof replySchema>;

const mountpoint = 1;
const answerWithinMs = 15_000;
const startWithinMs = 10_000;
/** Events that one long poll brings at most. */
const eventsPerPoll = 50;

async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Debian's defaults, on loopback, with one RTP mountpoint; ICE-lite like mediasoup. */
const configuration = (folder: string, ports: { http: number; rtp: number; rtcp: number }): Record<string, string> => ({
  'janus.jcfg': `general: { configs_folder = "${folder}", debug_level = 1, log_to_stdout = true, server_name = "bench" }
nat: { ice_lite = true, ice_enforce_list = "127.0.0.1" }
media: { ipv6 = false }
plugins: { disable = "${['audiobridge', 'duktape', 'echotest', 'lua', 'nosip', 'recordplay', 'sip', 'textroom', 'videocall', 'videoroom', 'voicemail'].map((name) => `libjanus_${name}.so`).join(',')}" }
transports: { disable = "libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_websockets.so" }
events: { broadcast = false }
loggers: { disable = "libjanus_jsonlog.so" }
`,
  'janus.transport.http.jcfg': `general: { json = "compact", base_path = "/janus", http = true, port = ${ports.http}, ip = "127.0.0.1", https = false }
admin: { admin_http = false }
`,
  'janus.plugin.streaming.jcfg': `stage: { type = "rtp", id = ${mountpoint}, description = "stage", audio = false, video = true, videoiface = "127.0.0.1", videoport = ${ports.rtp}, videortcpport = ${ports.rtcp}, videopt = ${videoPayloadType}, videocodec = "h264", videofmtp = "profile-level-id=42e01f;packetization-mode=1" }
`,
});

/** The API of Janus over HTTP: requests are acknowledged, and answered by events that one long poll after another brings. */
async function openControl(url: string) {
  const waiting = new Map<string, PromiseWithResolvers<Reply>>();
  let transactions = 0;
  const closing = new AbortController();
  const post = async (path: string, body: object, transaction = `t${++transactions}`): Promise<Reply> => {
    const response = await fetch(url + path, { method: 'POST', body: JSON.stringify({ ...body, transaction }) });
    const reply = replySchema.parse(await response.json());
    if (reply.error) throw new Error(`Janus: ${reply.error.reason}`);
    return reply;
  };
  const session = (await post('', { janus: 'create' })).data?.id;
  const poll = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const response = await fetch(`${url}/${session}?maxev=${eventsPerPoll}`, { signal: closing.signal });
      for (const event of z.union([replySchema.transform((one) => [one]), z.array(replySchema)]).parse(await response.json())) {
        waiting.get(event.transaction ?? '')?.resolve(event);
        waiting.delete(event.transaction ?? '');
      }
    }
  };
  const polling = poll().catch((error: unknown) => {
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    attach: async () => (await post(`/${session}`, { janus: 'attach', plugin: 'janus.plugin.streaming' })).data?.id,
    /** A message to the plugin, with its event. */
    async message(handle: number, body: object, jsep?: object): Promise<Reply> {
      const transaction = `t${++transactions}`;
      const answer = Promise.withResolvers<Reply>();
      const late = setTimeout(() => answer.reject(new Error('Janus did not answer')), answerWithinMs);
      waiting.set(transaction, answer);
      await post(`/${session}/${handle}`, { janus: 'message', body, ...(jsep && { jsep }) }, transaction);
      const event = await answer.promise.finally(() => clearTimeout(late));
      if (event.plugindata?.data.error) throw new Error(`Janus: ${event.plugindata.data.error}`);
      return event;
    },
    detach: async (handle: number) => void (await post(`/${session}/${handle}`, { janus: 'detach' })),
    async close() {
      closing.abort();
      await polling;
    },
  };
}

/** Debian's Janus with its streaming plugin, fed the same RTP. @throws Error when it does not start */
export async function startJanus(): Promise<Sfu> {
  const folder = await mkdtemp(join(tmpdir(), 'gangbo-janus-'));
  const ports = { http: await freeTcpPort(), rtp: await freeUdpPort(), rtcp: await freeUdpPort() };
  for (const [name, text] of Object.entries(configuration(folder, ports))) await writeFile(join(folder, name), text);
  const child = spawn(binary, [`--configs-folder=${folder}`, `--config=${join(folder, 'janus.jcfg')}`], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${ports.http}/janus`;
  let control: Awaited<ReturnType<typeof openControl>>;
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`Janus ended with ${child.exitCode}`);
      return fetch(`${url}/info`).then(
        ({ ok }) => ok,
        () => false,
      );
    }, startWithinMs);
    control = await openControl(url);
  } catch (error) {
    await stop();
    throw error;
  }
  const handles = new Map<string, number>();
  return {
    name: 'Janus',
    ingest: { address: '127.0.0.1', port: ports.rtp, rtcpPort: ports.rtcp },
    async watch(swarm: Swarm, viewerId: string) {
      const handle = await control.attach();
      if (handle === undefined) throw new Error('Janus gave no handle');
      handles.set(viewerId, handle);
      const { jsep } = await control.message(handle, { request: 'watch', id: mountpoint });
      if (!jsep) throw new Error('Janus made no offer');
      const sdp = await swarm.answer(viewerId, jsep.sdp, { anew: true });
      await control.message(handle, { request: 'start' }, { type: 'answer', sdp });
    },
    async leave(swarm, viewerId) {
      swarm.leave(viewerId);
      const handle = handles.get(viewerId);
      handles.delete(viewerId);
      if (handle !== undefined) await control.detach(handle);
    },
    processorTimeMs: async () => processorTimeMs(child.pid ?? 0),
    async stop() {
      await control.close();
      await stop();
    },
  };
}
