import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRoomSocket, type RoomSocket } from '../../src/client/socket.ts';
import { createAccess } from '../../src/demo/account.ts';
import { organizerSettings, setUpFair, type TestFair } from '../support/fair.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { until } from '../support/until.ts';

/** The program as it is put together: from a consultation to its call, and to its end with it. */
let server: RunningServer;
let fair: TestFair;
const sockets: RoomSocket[] = [];

beforeAll(async () => {
  server = await startServer({ ...organizerSettings, GANGBO_CALL_MINUTES: '2', GANGBO_STAGE_GUESTS: '1' });
  fair = await setUpFair(server.origin);
  await fair.recruiter.api.call('startSession', { params: { sessionId: fair.session.id } });
}, 120_000);
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await server?.stop();
});

function connect(token: string): RoomSocket {
  const socket = openRoomSocket({ origin: server.origin, token: () => token });
  sockets.push(socket);
  return socket;
}

it('a consultation’s call is answered, carries media, and ends when the consultation is closed', async () => {
  const sessionId = fair.session.id;
  const viewer = createAccess(server.origin, 'viewer');
  const entrance = await viewer.api.call('enterRoom', { params: { sessionId }, body: {} });
  viewer.setToken(entrance.signedIn.token);
  const { developmentCode } = await viewer.api.call('requestCode', { body: { phone: '13800000001' } });
  const { token } = await viewer.api.call('verifyCode', { body: { phone: '13800000001', code: developmentCode ?? '', name: '王小明' } });
  const [applicant, recruiter] = [connect(token), connect(fair.recruiter.token() ?? '')];
  await applicant.request('room.join', { sessionId });
  await recruiter.request('room.join', { sessionId });
  const rtpCapabilities = entrance.routerRtpCapabilities;
  const { consultation } = await applicant.request('consultation.ask', {
    sessionId,
    companyId: fair.company.id,
    positionId: null,
    onceId: 'question-0001',
    text: '可以视频聊聊吗？',
  });

  const ringing: string[] = [];
  const ended: (string | null)[] = [];
  applicant.raw.on('call.ringing', ({ call }) => ringing.push(call.id));
  applicant.raw.on('call.updated', ({ call }) => ended.push(...(call.status === 'ended' ? [call.endReason] : [])));
  const { call } = await recruiter.request('call.start', { consultationId: consultation.id });
  await until(() => ringing.length === 1);
  await recruiter.request('call.join', { callId: call.id, rtpCapabilities });
  const entered = await applicant.request('call.join', { callId: call.id, rtpCapabilities });
  expect(entered.call).toMatchObject({ status: 'active', viewerName: '王同学', recruiterName: '陈招聘' });
  expect(entered.call.endsAt - (entered.call.answeredAt ?? 0)).toBe(120_000);
  const { transport, seat } = await applicant.request('stage.publish', { stageId: call.id });
  expect([seat, transport.iceCandidates.length > 0]).toEqual(['guest', true]);
  expect(await recruiter.request('call.colleagues', { callId: call.id })).toEqual({ colleagues: [] });

  await recruiter.request('consultation.close', { consultationId: consultation.id });
  await until(() => ended.length > 0);
  expect(ended).toEqual(['consultation-closed']);
  await expect(recruiter.request('call.start', { consultationId: consultation.id })).rejects.toMatchObject({ code: 'CONSULTATION_CLOSED' });
});

it('a viewer is invited on stage, sends, and is in the health that staff read', async () => {
  const sessionId = fair.session.id;
  const recruiter = connect(fair.recruiter.token() ?? '');
  await recruiter.request('room.join', { sessionId });
  const viewer = createAccess(server.origin, 'viewer');
  const entrance = await viewer.api.call('enterRoom', { params: { sessionId }, body: {} });
  const guest = connect(entrance.signedIn.token);
  const { self } = await guest.request('room.join', { sessionId });
  const { invitation } = await recruiter.request('stage.invite', { sessionId, key: self.key });
  await guest.request('stage.answer', { sessionId, invitationId: invitation.id, accept: true });
  await guest.request('stage.publish', { stageId: sessionId });
  expect(await recruiter.request('stage.invitations', { sessionId })).toEqual({ invitations: [], limit: 1 });
  expect(await recruiter.request('stage.health', { sessionId })).toMatchObject({ condition: 'none', producers: [] });
  await fair.recruiter.api.call('endSession', { params: { sessionId } });
  await expect(guest.request('stage.publish', { stageId: sessionId })).rejects.toMatchObject({ code: 'SESSION_ENDED' });
});
