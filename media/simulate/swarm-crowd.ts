import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type SwarmNews, type SwarmOrder, swarmNewsSchema, type ViewerCount } from './swarm-messages.ts';

export type { ViewerCount } from './swarm-messages.ts';

/** Headless viewers in processes of their own: their work is not counted as that of whoever sends to them. */
export interface Swarm {
  /**
   * A viewer answers an SDP offer of an ICE-lite peer. One that is there takes it as a change of
   * its connection, or as another one when `anew` (its counts go on).
   * @throws Error when it cannot
   */
  answer(viewerId: string, offer: string, options?: { anew?: boolean }): Promise<string>;
  leave(viewerId: string): void;
  /** What each viewer has received until now; `anew` looks for longest gaps from now on. */
  count(options?: { anew?: boolean }): Promise<ViewerCount[]>;
  close(): Promise<void>;
}

interface Place {
  child: ChildProcess;
  viewers: Set<string>;
}

const script = fileURLToPath(new URL('./swarm-process.ts', import.meta.url));
const startWithinMs = 30_000;
const endWithinMs = 5_000;

/** @param processes how many to spread the viewers over @throws Error when they do not start */
export async function startSwarm(processes = 1): Promise<Swarm> {
  const waiting = new Map<number, PromiseWithResolvers<SwarmNews>>();
  let calls = 0;

  const open = async (): Promise<Place> => {
    const child = fork(script, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ready = Promise.withResolvers<void>();
    const late = setTimeout(() => ready.reject(new Error('a swarm process did not start')), startWithinMs);
    child.once('exit', (code, signal) => {
      const error = new Error(`a swarm process ended with ${signal ?? code}`);
      ready.reject(error);
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    child.on('message', (message) => {
      const news = swarmNewsSchema.parse(message);
      if (news.type === 'ready') return ready.resolve();
      const call = waiting.get(news.call);
      waiting.delete(news.call);
      if (news.type === 'refused') call?.reject(new Error(news.reason));
      else call?.resolve(news);
    });
    await ready.promise.finally(() => clearTimeout(late));
    return { child, viewers: new Set() };
  };
  const places = await Promise.all(Array.from({ length: processes }, open));

  const ask = ({ child }: Place, order: (call: number) => SwarmOrder): Promise<SwarmNews> => {
    const call = ++calls;
    const answered = Promise.withResolvers<SwarmNews>();
    waiting.set(call, answered);
    child.send(order(call));
    return answered.promise;
  };
  const placeOf = (viewerId: string): Place | undefined => places.find(({ viewers }) => viewers.has(viewerId));
  const emptiest = (): Place | undefined => [...places].sort((one, other) => one.viewers.size - other.viewers.size)[0];

  return {
    async answer(viewerId, offer, { anew = false } = {}) {
      const place = placeOf(viewerId) ?? emptiest();
      if (!place) throw new Error('the swarm has no process');
      place.viewers.add(viewerId);
      const news = await ask(place, (call) => ({ type: 'answer', id: viewerId, call, offer, anew }));
      return news.type === 'answered' ? news.answer : '';
    },
    leave(viewerId) {
      const place = placeOf(viewerId);
      place?.viewers.delete(viewerId);
      place?.child.send({ type: 'close', id: viewerId } satisfies SwarmOrder);
    },
    async count({ anew = false } = {}) {
      const counted = await Promise.all(places.map((place) => ask(place, (call) => ({ type: 'count', call, anew }))));
      return counted.flatMap((news) => (news.type === 'counted' ? news.viewers : []));
    },
    async close() {
      await Promise.all(
        places.map(({ child }) => {
          const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
          if (child.exitCode !== null || child.signalCode !== null) return undefined;
          const late = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
          child.disconnect();
          return gone.finally(() => clearTimeout(late));
        }),
      );
    },
  };
}
