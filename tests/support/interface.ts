import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { v7 } from 'uuid';
import type { MediaPlane } from '../../media/types.ts';
import { assembleMediaLinks } from '../../src/assembly/media-links.ts';
import type { IceServer } from '../../src/contract/index.ts';
import { createAccountService } from '../../src/domain/account/service.ts';
import { createDevelopmentSms, type SmsSender } from '../../src/domain/account/sms.ts';
import { createLenientAllowance } from '../../src/domain/allowance.ts';
import { createFileLinks } from '../../src/domain/application/file-links.ts';
import { createApplicationService } from '../../src/domain/application/service.ts';
import { createAudienceService } from '../../src/domain/audience/service.ts';
import { createConsultationService } from '../../src/domain/consultation/service.ts';
import { createCampusService } from '../../src/domain/fair/campus.ts';
import { createCompanyService } from '../../src/domain/fair/company.ts';
import { createFairService } from '../../src/domain/fair/service.ts';
import { createReportService } from '../../src/domain/funnel/report.ts';
import { licenceGapsOf } from '../../src/domain/position/gate.ts';
import { createPositionService } from '../../src/domain/position/service.ts';
import { createSessionService } from '../../src/domain/session/service.ts';
import { createStageHealth } from '../../src/domain/stage/health.ts';
import { createCookies } from '../../src/http/credentials.ts';
import { createApplicationRoutes } from '../../src/http/routes/application.ts';
import { createAuthRoutes } from '../../src/http/routes/auth.ts';
import { createCampusRoutes } from '../../src/http/routes/campus.ts';
import { createCompanyRoutes } from '../../src/http/routes/company.ts';
import { createConsultationRoutes } from '../../src/http/routes/consultation.ts';
import { createFairRoutes } from '../../src/http/routes/fair.ts';
import { createPositionRoutes } from '../../src/http/routes/position.ts';
import { createReportRoutes, registerReportFiles } from '../../src/http/routes/report.ts';
import { registerResumeFiles } from '../../src/http/routes/resume-file.ts';
import { createRoomRoutes } from '../../src/http/routes/room.ts';
import { createSessionRoutes } from '../../src/http/routes/session.ts';
import { createStageHealthRoutes } from '../../src/http/routes/stage-health.ts';
import { createStageKeyRoutes } from '../../src/http/routes/stage-keys.ts';
import { registerWhep } from '../../src/http/routes/whep.ts';
import { registerWhip } from '../../src/http/routes/whip.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { openLocalDisk } from '../../src/store/files/disk.ts';
import { createResumeFiles } from '../../src/store/files/resume-files.ts';
import { createAccessKeys } from '../../src/store/redis/access-keys.ts';
import { createAudienceStore } from '../../src/store/redis/audience.ts';
import { openRedis } from '../../src/store/redis/client.ts';
import { createFactStore } from '../../src/store/redis/facts.ts';
import { createKeys } from '../../src/store/redis/keys.ts';
import { createRevocations } from '../../src/store/redis/revocations.ts';
import { withScripts } from '../../src/store/redis/scripts.ts';
import { createSubjects } from '../../src/store/redis/subjects.ts';
import { createAttemptStore, createCodeStore } from '../../src/store/redis/viewer-codes.ts';
import { createSealer } from '../../src/store/sealer.ts';
import { createAccountStore } from '../../src/store/sql/accounts.ts';
import { createApplicantKeys } from '../../src/store/sql/applicant-keys.ts';
import { createApplicationStore } from '../../src/store/sql/applications.ts';
import { createConsultationStore } from '../../src/store/sql/consultations.ts';
import { createCampusStore, createCompanyStore, createFairStore } from '../../src/store/sql/fairs.ts';
import { createInvitationStore } from '../../src/store/sql/invitations.ts';
import { createLedgerStore } from '../../src/store/sql/ledger.ts';
import { createPositionStore } from '../../src/store/sql/positions.ts';
import { createReportSubjects } from '../../src/store/sql/report-subjects.ts';
import { createSessionStore } from '../../src/store/sql/sessions.ts';
import { createSignInStore } from '../../src/store/sql/sign-ins.ts';
import { createTrace } from '../../src/telemetry/trace.ts';
import { absentPlane } from './absent-plane.ts';
import { openTestDatabase, openTestRedis } from './services.ts';

export const tokenSecret = 'a secret of the tests, long enough for HS256';

export interface InterfaceOptions {
  requestsPerMinute?: number;
  trustProxy?: boolean;
  sms?: SmsSender;
  /** Folder of built pages; by default there are none. */
  pagesFolder?: string;
  /** Where the log goes; by default nowhere. */
  log?: Logger;
  /** What carries the stages; by default nothing does. */
  plane?: Pick<MediaPlane, 'stageHealth' | 'hosts'>;
  /** What encoders and players connect to (WHIP, WHEP); by default nothing. */
  media?: MediaPlane;
  iceServers?: IceServer[];
}

/** The whole REST interface on a free port, on a real Redis and PostgreSQL, with a clock that tests can move. No socket. */
export async function openInterface({
  requestsPerMinute = 1_000_000,
  trustProxy = false,
  sms,
  pagesFolder,
  log = pino({ level: 'silent' }),
  media = absentPlane,
  plane = media,
  iceServers = [],
}: InterfaceOptions = {}) {
  const [db, redisServer, folder] = await Promise.all([openTestDatabase(), openTestRedis(), mkdtemp(join(tmpdir(), 'gangbo-files-'))]);
  const { database } = db;
  const redis = withScripts(openRedis(redisServer.url, 'commands', () => undefined));
  const time = { now: Date.now() };
  const clock = () => time.now;
  const newId = () => v7();
  const sealer = createSealer(randomBytes(32).toString('hex'));
  const keys = createAccessKeys('test');
  const sent: { phone: string; code: string }[] = [];
  const developmentSms = createDevelopmentSms(log);
  const recordingSms: SmsSender = {
    development: true,
    async send(phone, code) {
      sent.push({ phone, code });
      await developmentSms.send(phone, code);
    },
  };
  let origin = 'http://localhost';
  const publicUrl = () => origin;

  const fairStore = createFairStore(database);
  const companyStore = createCompanyStore(database);
  const fairs = createFairService({ store: fairStore, clock, newId });
  const companies = createCompanyService({ store: companyStore, fairs: fairStore, clock, newId });
  const campuses = createCampusService({ store: createCampusStore(database), fairs: fairStore, clock, newId });
  const positions = createPositionService({ store: createPositionStore(database), companies, fairs, clock, newId });
  const changes: { id: string; status: string }[] = [];
  const sessions = createSessionService({
    store: createSessionStore(database),
    fairs,
    companies,
    licenceGaps: licenceGapsOf,
    onChanged: ({ id, status }) => void changes.push({ id, status }),
    clock,
    newId,
    log,
  });
  const accounts = createAccountService({
    accounts: createAccountStore(database, sealer),
    signIns: createSignInStore(database),
    invitations: createInvitationStore(database, sealer),
    revocations: createRevocations({ redis, keys, accessTokenSeconds: 900 }),
    codes: createCodeStore(redis, keys),
    attempts: createAttemptStore(redis, keys),
    scopes: {
      fair: async (id) => (await fairs.find(id)) !== null,
      fairOfCompany: async (id) => (await companies.find(id))?.fairId ?? null,
      session: async (id) => {
        const session = await sessions.find(id);
        return session && { fairId: session.fairId, companyIds: session.companies.map((company) => company.id) };
      },
    },
    sms: sms ?? recordingSms,
    sealer,
    tokenSecret,
    accessTokenSeconds: 900,
    publicUrl,
    clock,
    newId,
    log,
  });

  const applicantKeys = createApplicantKeys({ database, sealer });
  const demandAllowance = createLenientAllowance({ attempts: createAttemptStore(redis, keys), log });
  const notify = { account: () => undefined, company: () => undefined };
  const recording = { namesOf: accounts.namesOf, notify, demandAllowance, onRecorded: () => undefined, clock, newId, log };
  const consultations = createConsultationService({ store: createConsultationStore({ database, keys: applicantKeys }), ...recording });
  const applications = createApplicationService({
    store: createApplicationStore({ database, keys: applicantKeys }),
    files: createResumeFiles({ disk: openLocalDisk(folder), keys: applicantKeys }),
    links: createFileLinks({ tokenSecret, clock }),
    campusOf: async () => null,
    ...recording,
  });
  const roomKeys = createKeys('test');
  const reports = createReportService({
    facts: createFactStore({ redis, keys: roomKeys, subjects: createSubjects({ redis, keys: roomKeys, clock }) }),
    ledger: createLedgerStore(database),
    subjects: createReportSubjects({ database, findSession: sessions.find }),
    clock,
  });

  const audience = createAudienceService({
    store: createAudienceStore({ redis, keys: roomKeys, subjects: createSubjects({ redis, keys: roomKeys, clock }), graceMs: 30_000 }),
    nodeId: 'interface',
    newId,
    log,
  });
  const { keys: stageKeys, links } = assembleMediaLinks({
    stores: { database, redis, accessKeys: keys },
    services: { accounts, sessions, audience },
    plane: media,
    publicUrl,
    clock,
    newId,
    log,
  });
  const exchange = {
    links,
    iceServersFor: () => iceServers,
    tokenRefused: (address: string) => demandAllowance({ key: `stage-token:${address}`, limit: 30, windowMs: 60_000 }),
  };

  const cookies = createCookies({ secure: () => false });
  const app = await createHttpServer({
    log,
    trace: createTrace(),
    redis,
    rateLimitPrefix: keys.requests,
    pseudonym: (text) => sealer.index('request address', text).toString('base64url'),
    requestsPerMinute,
    trustProxy,
    cookieSecret: tokenSecret,
    publicUrl,
    version: '0.0.0',
    authenticate: accounts.authenticate,
    pagesFolder: pagesFolder ?? join(folder, 'no pages here'),
    metrics: { requestAnswered: () => undefined },
    extend: [
      (api) => registerReportFiles(api, { reports, authenticate: accounts.authenticate }),
      (api) => registerResumeFiles(api, { applications }),
      (api) => registerWhip(api, exchange),
      (api) => registerWhep(api, exchange),
    ],
    handlers: {
      ...createAuthRoutes({ accounts, cookies }),
      ...createFairRoutes({ fairs }),
      ...createCompanyRoutes({ companies }),
      ...createCampusRoutes({ campuses }),
      ...createPositionRoutes({ positions }),
      ...createSessionRoutes({ sessions }),
      ...createRoomRoutes({ accounts, sessions, cookies, routerRtpCapabilities: () => ({ codecs: [], headerExtensions: [] }) }),
      ...createConsultationRoutes(consultations),
      ...createApplicationRoutes(applications),
      ...createReportRoutes(reports),
      ...createStageKeyRoutes(stageKeys),
      ...createStageHealthRoutes({ sessions, stageHealth: createStageHealth({ plane, clock }) }),
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (typeof address === 'object' && address) origin = `http://127.0.0.1:${address.port}`;

  return {
    app,
    origin,
    time,
    sent,
    changes,
    database,
    redis,
    accounts,
    sessions,
    positions,
    links,
    async close() {
      await app.close();
      await links.stop();
      redis.disconnect();
      await Promise.all([db.close(), redisServer.close(), rm(folder, { recursive: true, force: true })]);
    },
  };
}
export type TestInterface = Awaited<ReturnType<typeof openInterface>>;
