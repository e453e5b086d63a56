import { openRoomSocket, type RoomSocket } from '../client/index.ts';
import type { Position } from '../contract/index.ts';
import { type Access, createAccess, newOnceId } from './account.ts';
import { demoApplicants, demoCampuses, demoChat, demoConsultations } from './story.ts';

/** A few seconds, different for each viewer and step but not random: the demo looks alike every time. */
const pause = (viewer: number, step: number) => 2_000 + ((viewer * 7 + step * 5) % 11) * 1_500;

interface SyntheticViewer {
  stop(): void;
}

async function signInAsViewer(access: Access, applicant: (typeof demoApplicants)[number], viewer: number): Promise<string> {
  const phone = `1990000${String(1000 + viewer).padStart(4, '0')}`;
  const { developmentCode } = await access.api.call('requestCode', { body: { phone } });
  if (!developmentCode) throw new Error('the demo needs the development SMS sender, which production does not have');
  access.setToken((await access.api.call('verifyCode', { body: { phone, code: developmentCode, name: applicant.name } })).token);
  return phone;
}

function dateInMonths(months: number): string {
  const date = new Date();
  date.setMonth(date.getMonth() + months);
  return date.toISOString().slice(0, 10);
}

async function startViewer(origin: string, sessionId: string, positions: readonly Position[], viewer: number): Promise<SyntheticViewer> {
  const applicant = demoApplicants[viewer % demoApplicants.length] ?? demoApplicants[0];
  const campus = demoCampuses[viewer % demoCampuses.length]?.code;
  const access = createAccess(origin, 'viewer');
  const enter = async () => {
    const entrance = await access.api.call('enterRoom', { params: { sessionId }, body: { campus } });
    access.setToken(entrance.signedIn.token);
    return entrance.signedIn.token;
  };
  const socket: RoomSocket = openRoomSocket({ origin, token: enter });
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let phone: string | undefined;

  const openCard = (turn: number) => {
    const position = positions[(viewer + turn) % positions.length];
    return position ? socket.request('position.open', { sessionId, positionId: position.id, onceId: newOnceId() }) : Promise.resolve({});
  };
  const chat = (turn: number) =>
    socket.request('chat.send', { sessionId, id: newOnceId(), text: demoChat[(viewer + turn * 3) % demoChat.length] ?? '主播好' });
  const becomeAccount = async () => {
    phone ??= await signInAsViewer(access, applicant, viewer);
    await socket.request('auth.renew', { token: access.token() });
  };
  const consult = async () => {
    await becomeAccount();
    const [position] = positions;
    if (!position) return;
    const text = (demoConsultations[viewer % demoConsultations.length] ?? demoConsultations[0]).question;
    await socket.request('consultation.ask', {
      sessionId,
      companyId: position.companyId,
      positionId: position.id,
      onceId: newOnceId(),
      text,
    });
  };
  const apply = async () => {
    await becomeAccount();
    const position = positions[viewer % positions.length];
    if (!position || !phone) return;
    await access.api.call('submitApplication', {
      body: {
        positionId: position.id,
        sessionId,
        onceId: newOnceId(),
        form: { ...applicant, phone, experience: '参加过校级技能大赛，有三个月车间实习经历。' },
        consent: { accepted: true, until: dateInMonths(6) },
      },
    });
  };

  // Everybody opens cards and chats; every second viewer consults, every third applies.
  const script: (() => Promise<unknown>)[] = [() => openCard(0), () => chat(0), () => openCard(1)];
  if (viewer % 2 === 0) script.push(consult);
  if (viewer % 3 === 0) script.push(apply);
  const idle = [(turn: number) => chat(turn), (turn: number) => openCard(turn)];

  const step = (turn: number) => {
    if (stopped) return;
    timer = setTimeout(
      () => {
        const act = script[turn] ?? (() => idle[turn % idle.length]?.(turn));
        // A refusal (a rate limit, the session's end) is part of a viewer's life; the next step comes anyway.
        Promise.resolve(socket.raw.connected ? act() : undefined)
          .catch(() => undefined)
          .finally(() => step(turn + 1));
      },
      turn < script.length ? pause(viewer, turn) : 10 * pause(viewer, turn),
    );
  };
  socket.raw.on('connect', () => {
    void socket
      .request('room.join', { sessionId, campus })
      .then(() => {
        if (!timer) step(0);
      })
      .catch(() => undefined);
  });
  socket.raw.on('auth.expiring', () => {
    void enter()
      .then((token) => socket.request('auth.renew', { token }))
      .catch(() => undefined);
  });
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}

/** A handful of viewers who use the same socket and HTTP interface as everybody else. */
export async function startSyntheticAudience(
  origin: string,
  sessionId: string,
  positions: readonly Position[],
  size: number,
): Promise<SyntheticViewer> {
  const viewers = await Promise.all(Array.from({ length: size }, (_, viewer) => startViewer(origin, sessionId, positions, viewer)));
  return {
    stop() {
      for (const viewer of viewers) viewer.stop();
    },
  };
}
