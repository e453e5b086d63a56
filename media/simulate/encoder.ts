import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RtpIngest } from '../types.ts';

/** Width, height and frames a second of the synthetic picture. */
/** Nobody can ask this encoder for a key frame, so one comes twice a second: a viewer waits a quarter of a second on average. */
const picture = { width: 640, height: 360, frameRate: 15, keyFrameEvery: 8 } as const;

/** How both streams are described to the plane; the encoder is told the same. */
export const videoPayload = { payloadType: 101, ssrc: 11_110_101 } as const;
export const audioPayload = { payloadType: 100, ssrc: 11_110_100 } as const;

export interface EncoderOptions {
  /** Holds the texts that are drawn. */
  folder: string;
  video: RtpIngest;
  audio: RtpIngest;
  /** Path of a font with Chinese characters; undefined lets ffmpeg take its default. */
  font: string | undefined;
}

export interface Encoder {
  /** Resolves when the process has ended, with the last of what it said; never rejects. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Ends the encoder when this process goes, however it goes: `cat` sees the end of
 * our pipe. Nothing is left behind by a kill -9.
 */
const guardian = 'exec 3<&0; "$@" </dev/null & child=$!; (cat <&3 >/dev/null; kill -9 $child) >/dev/null 2>&1 & wait $child';
const lastWords = 2_000;

/** A font with simplified Chinese, from fontconfig (fc-match). */
export async function chineseFont(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('fc-match', ['-f', '%{file}', ':lang=zh-cn'], { timeout: 5_000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Replaces what is drawn at the bottom, whole: the encoder rereads the file with every frame. */
export async function writeLabel(folder: string, label: string): Promise<void> {
  const line = label.replaceAll(/\s+/g, ' ').slice(0, 60);
  const next = join(folder, 'label.next');
  // drawtext cannot map an empty file.
  await writeFile(next, line || ' ');
  await rename(next, join(folder, 'label.txt'));
}

/** The running clock and the fixed remark, once. */
export async function writeCaptions(folder: string): Promise<void> {
  await writeFile(join(folder, 'clock.txt'), '%{localtime:%H\\:%M\\:%S}');
  await writeFile(join(folder, 'remark.txt'), '模拟画面 synthetic');
}

/** drawtext takes paths with `\`, `'` and `:` escaped. */
const quoted = (path: string): string => path.replaceAll(/[\\':,;[\]]/g, (character) => `\\\\\\${character}`);

function drawing({ folder, font }: EncoderOptions): string {
  const text = (file: string, style: string): string =>
    `drawtext=${font ? `fontfile=${quoted(font)}:` : ''}textfile=${quoted(join(folder, file))}:fontcolor=white:${style}`;
  return [
    'drawbox=y=ih-88:h=88:color=black@0.5:t=fill',
    text('clock.txt', 'fontsize=48:x=(w-text_w)/2:y=(h-88-text_h)/2:box=1:boxcolor=black@0.35:boxborderw=14'),
    text('remark.txt', 'expansion=none:fontsize=14:alpha=0.7:x=w-text_w-16:y=16'),
    text('label.txt', 'reload=1:expansion=none:fontsize=26:x=24:y=h-58'),
  ].join(',');
}

/** One encode of each stream, whatever the number of viewers: constrained baseline H.264 with two key frames a second, and Opus. */
function command(options: EncoderOptions): string[] {
  const { width, height, frameRate, keyFrameEvery } = picture;
  const target = ({ address, port, rtcpPort }: RtpIngest): string => `rtp://${address}:${port}?rtcpport=${rtcpPort}&pkt_size=1200`;
  const words = (text: string): string[] => text.split(' ');
  return [
    ...words('ffmpeg -hide_banner -nostdin -loglevel error'),
    ...words('-re -f lavfi -i'),
    `gradients=s=${width}x${height}:c0=0x0b2545:c1=0x13a89e:x0=0:y0=0:x1=${width}:y1=${height}:nb_colors=2:speed=0.02:rate=${frameRate}`,
    ...words('-re -f lavfi -i sine=frequency=330:sample_rate=48000'),
    ...['-map', '0:v', '-vf', drawing(options), '-pix_fmt', 'yuv420p'],
    ...words('-c:v libx264 -profile:v baseline -preset ultrafast -tune zerolatency -threads 1 -sc_threshold 0'),
    ...words(`-g ${keyFrameEvery} -keyint_min ${keyFrameEvery} -b:v 400k -maxrate 400k -bufsize 200k`),
    ...words(`-payload_type ${videoPayload.payloadType} -ssrc ${videoPayload.ssrc} -f rtp`),
    target(options.video),
    ...words('-map 1:a -af volume=0.6 -ac 2 -c:a libopus -b:a 32k -application audio'),
    ...words(`-payload_type ${audioPayload.payloadType} -ssrc ${audioPayload.ssrc} -f rtp`),
    target(options.audio),
  ];
}

function endOf(child: ChildProcess): Promise<string> {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-lastWords);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(said.trim() || `ended with ${signal ?? code}`));
  });
}

/** Starts ffmpeg sending RTP to both ingests. */
export function startEncoder(options: EncoderOptions): Encoder {
  const child = spawn('sh', ['-c', guardian, 'sh', ...command(options)], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin?.on('error', () => undefined);
  const ended = endOf(child).finally(() => child.stdin?.destroy());
  return {
    ended,
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}
