import { openRoomSocket } from '../client/index.ts';
import type { Position } from '../contract/index.ts';
import { createAccess, newOnceId } from './account.ts';
import type { DemoState } from './set-up.ts';
import { demoConsultations } from './story.ts';

const PIN_EVERY_MS = 45_000;
const ANSWER_AFTER_MS = 6_000;

export interface SyntheticHost {
  /** Positions of the session's company, as viewers see them. */
  positions: Position[];
  stop(): void;
}

/**
 * The synthetic recruiter's voice in the room: starts the session, pins one
 * position after the other and answers consultations. Its picture is made by
 * the media plane's own synthetic recruiter; `onPinned` tells it what to write.
 */
export async function startSyntheticHost(origin: string, state: DemoState, onPinned: (title: string) => void): Promise<SyntheticHost> {
  const { sessionId, recruiter } = state.live;
  const access = createAccess(origin, 'staff');
  const signIn = async () => {
    access.setToken((await access.api.call('signIn', { body: recruiter })).token);
    return access.token();
  };
  await signIn();
  const current = await access.api.call('getSession', { params: { sessionId } });
  if (current.status === 'ended' || current.status === 'sealed') {
    throw new Error('its session has ended: empty the data folder for a new demo, or start with GANGBO_DEMO=false');
  }
  if (current.status === 'scheduled') await access.api.call('startSession', { params: { sessionId } });
  const { items } = await access.api.call('listPositions', { query: { sessionId } });
  const positions = items.filter((item) => item.status === 'published');

  const socket = openRoomSocket({ origin, token: signIn });
  const timers = new Set<NodeJS.Timeout>();
  const pinNext = async (turn: number) => {
    const next = positions[turn % positions.length];
    if (!next) return;
    await socket.request('position.pin', { sessionId, positionId: next.id });
    onPinned(next.title);
  };
  let turn = 0;
  let pinning: NodeJS.Timeout | undefined;
  socket.raw.on('connect', () => {
    void socket
      .request('room.join', { sessionId })
      .then(() => pinNext(turn))
      .catch(() => undefined);
    pinning ??= setInterval(() => void pinNext(++turn).catch(() => undefined), PIN_EVERY_MS);
  });
  socket.raw.on('auth.expiring', () => {
    void signIn()
      .then((token) => socket.request('auth.renew', { token }))
      .catch(() => undefined);
  });
  socket.raw.on('consultation.message', ({ consultation, message }) => {
    if (message.from !== 'viewer' || consultation.sessionId !== sessionId || consultation.status !== 'waiting') return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      const known = demoConsultations.find(({ question }) => question === message.text);
      const text = known?.answer ?? '您好，已经记下您的问题，稍后由同事回复您。';
      socket.request('consultation.send', { consultationId: consultation.id, onceId: newOnceId(), text }).catch(() => undefined);
    }, ANSWER_AFTER_MS);
    timers.add(timer);
  });
  return {
    positions,
    stop() {
      clearInterval(pinning);
      for (const timer of timers) clearTimeout(timer);
      socket.close();
    },
  };
}
