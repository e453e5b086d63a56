import { startSwarm } from '../../../media/simulate/swarm-crowd.ts';
import { type Benchmark, type Measurement, measurement, median } from '../measurement.ts';
import { janusMissing, startJanus } from './sfu/janus.ts';
import { type Sfu, startSfuProcess } from './sfu/sfu.ts';
import { coreSharePerViewer, letIn, letOut, measureWindow, microsecondsPerPacket, type Window } from './sfu/window.ts';
import { pictureProfile, startSource } from './source/source.ts';

const VIEWERS = 100;
const ROUNDS = 5;
const WINDOW_MS = 6_000;
const MOST_PER_PACKET = 1.1;
/** Below this the machine was too full: what was dropped cost nothing and says nothing. */
const ARRIVED = 0.98;

/** One round of one SFU: its viewers come, are sent to, and go. */
async function oneRound(sfu: Sfu, swarm: Awaited<ReturnType<typeof startSwarm>>, source: ReturnType<typeof startSource>): Promise<Window> {
  const ids = Array.from({ length: VIEWERS }, (_, viewer) => `${sfu.name} ${viewer}`);
  source.sendTo(sfu.ingest);
  await letIn(sfu, swarm, ids);
  const window = await measureWindow(sfu, swarm, source, VIEWERS, WINDOW_MS);
  source.sendTo(null);
  await letOut(sfu, swarm, ids);
  return window;
}

export const mediaRelay: Benchmark = {
  name: 'media-relay',
  group: 'media',
  summary: `CPU of relaying 1.44 Mb/s of video to ${VIEWERS} viewers with ICE, DTLS and SRTP: the plane's process and its worker, in turn with the baselines, median of ${ROUNDS} rounds`,
  baseline:
    "one bare mediasoup worker with its Node process, the same consumers and stream; and Debian's Janus with its streaming plugin, fed the same RTP",
  async run(progress) {
    const missing = janusMissing();
    if (missing) progress(`${missing}; its line is left out`);
    const swarm = await startSwarm(2);
    const source = startSource(pictureProfile);
    const sfus: Sfu[] = [];
    try {
      const own = await startSfuProcess('gangbo');
      sfus.push(own);
      const bare = await startSfuProcess('bare');
      sfus.push(bare);
      const janus = missing ? undefined : await startJanus();
      if (janus) sfus.push(janus);
      const windows = new Map<Sfu, Window[]>(sfus.map((sfu) => [sfu, []]));
      for (let round = 1; round <= ROUNDS; round++) {
        // Each round begins with another one, so that none always follows the heaviest.
        const turn = round % sfus.length;
        for (const sfu of [...sfus.slice(turn), ...sfus.slice(0, turn)]) {
          const window = await oneRound(sfu, swarm, source);
          windows.get(sfu)?.push(window);
          const figures = `${microsecondsPerPacket(window).toFixed(1)} µs a packet, ${(window.arrived * 100).toFixed(1)} % arrived`;
          progress(`${round}/${ROUNDS} ${sfu.name}: ${figures}`);
        }
      }
      const middle = (sfu: Sfu, figure: (window: Window) => number) => median((windows.get(sfu) ?? []).map(figure));
      const lines: Measurement[] = [
        measurement('CPU a packet', 'µs', middle(own, microsecondsPerPacket), middle(bare, microsecondsPerPacket), {
          text: `at most ${MOST_PER_PACKET.toFixed(2)} of bare mediasoup`,
          keeps: (_, ratio) => ratio <= MOST_PER_PACKET,
        }),
        measurement('packets that arrived', '%', middle(own, arrivedPercent), middle(bare, arrivedPercent), {
          text: `over ${ARRIVED * 100} %`,
          keeps: (value) => value > ARRIVED * 100,
        }),
      ];
      if (janus) {
        lines.push(
          measurement('CPU a viewer, against Janus', '‰ of a core', middle(own, coreSharePerViewer), middle(janus, coreSharePerViewer), {
            text: 'below Janus',
            keeps: (_, ratio) => ratio < 1,
          }),
        );
      }
      return lines;
    } finally {
      await source.close();
      await Promise.all(sfus.map((sfu) => sfu.stop()));
      await swarm.close();
    }
  },
};

const arrivedPercent = ({ arrived }: Window): number => arrived * 100;
