import type { Config } from '../../config/index.ts';
import type { MediaPlane } from '../../media/index.ts';
import type { Session } from '../contract/index.ts';
import { createColleagues } from '../domain/account/colleagues.ts';
import { createAccountService } from '../domain/account/service.ts';
import { createDevelopmentSms, createMissingSms, createWebhookSms, type SmsSender } from '../domain/account/sms.ts';
import { createLenientAllowance } from '../domain/allowance.ts';
import { createFileLinks } from '../domain/application/file-links.ts';
import { createApplicationService } from '../domain/application/service.ts';
import { createAudienceService } from '../domain/audience/service.ts';
import { callTimes } from '../domain/call/record.ts';
import { createCallService } from '../domain/call/service.ts';
import { createChatService } from '../domain/chat/service.ts';
import { type ConsultationService, createConsultationService } from '../domain/consultation/service.ts';
import { createCampusService } from '../domain/fair/campus.ts';
import { createCompanyService } from '../domain/fair/company.ts';
import { createFairService } from '../domain/fair/service.ts';
import { createSessionChanges } from '../domain/feed/session-changes.ts';
import { createNudges } from '../domain/nudges.ts';
import type { Clock, NewId, Notify, Trace } from '../domain/ports.ts';
import { licenceGapsOf } from '../domain/position/gate.ts';
import { createPositionService } from '../domain/position/service.ts';
import { createSessionService } from '../domain/session/service.ts';
import { createGuestService } from '../domain/stage/guests/service.ts';
import { createStageHealth } from '../domain/stage/health.ts';
import { createIceServers } from '../domain/stage/ice-servers.ts';
import { createStageService } from '../domain/stage/service.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createBooks } from './books.ts';
import type { Stores } from './stores.ts';

export interface ServiceOptions {
  config: Config;
  stores: Stores;
  plane: MediaPlane;
  notify: Notify;
  tokenSecret: string;
  publicUrl: () => string;
  nodeId: string;
  metrics: Metrics;
  clock: Clock;
  newId: NewId;
  trace: Trace;
  log: Logger;
}

function smsSender(config: Config, log: Logger): SmsSender {
  const { GANGBO_SMS_URL: url, GANGBO_SMS_TOKEN: token } = config;
  if (url && token) return createWebhookSms({ url, token });
  if (config.NODE_ENV !== 'production') return createDevelopmentSms(log);
  log.warn({}, 'no SMS gateway: viewers can watch and chat, but not consult or apply. Set GANGBO_SMS_URL and GANGBO_SMS_TOKEN');
  return createMissingSms();
}

/** Every service, each handed what it needs. */
export function createServices(options: ServiceOptions) {
  const { config, stores, plane, notify, tokenSecret, publicUrl, nodeId, metrics, clock, newId, trace, log } = options;
  const fairs = createFairService({ store: stores.fairs, clock, newId });
  const companies = createCompanyService({ store: stores.companies, fairs: stores.fairs, clock, newId });
  const campuses = createCampusService({ store: stores.campuses, fairs: stores.fairs, clock, newId });
  const positions = createPositionService({ store: stores.positions, companies, fairs, clock, newId });

  const stage = createStageService({ plane, log });
  const iceServersFor = createIceServers({
    fixed: config.GANGBO_ICE_SERVERS,
    urls: config.GANGBO_TURN_URLS,
    secret: config.GANGBO_TURN_SECRET,
    lifeSeconds: config.GANGBO_TURN_SECONDS,
    clock,
    pseudonym: (connectionId) => stores.sealer.index('turn user', connectionId).toString('base64url').slice(0, 22),
  });
  const nudges = createNudges({ log });
  const guests = createGuestService({
    store: stores.guests,
    stage,
    nudge: (id) => nudges.give({ about: 'guests', id }),
    limit: config.GANGBO_STAGE_GUESTS,
    newId,
    log,
  });
  const stageHealth = createStageHealth({ plane, clock, hasWorkers: config.GANGBO_ROLE !== 'room' });
  const audience = createAudienceService({ store: stores.audience, nodeId, newId, alsoSweep: guests.sweep, log });
  const demandAllowance = createLenientAllowance({ attempts: stores.attempts, log });
  const chat = createChatService({ feed: stores.feed, demandAllowance });

  const sessions = createSessionService({
    store: stores.sessions,
    fairs,
    companies,
    licenceGaps: licenceGapsOf,
    onChanged: (session: Session) => {
      books.recorded();
      return announce(session);
    },
    clock,
    newId,
    log,
  });
  const endVisits = (sessionId: string) => audience.close(sessionId);
  const closeStage = async (sessionId: string) => {
    await Promise.all([stage.close(sessionId), guests.close(sessionId)]);
  };
  const books = createBooks({ stores, findSession: sessions.find, endVisits, closeStage, metrics, clock, trace, log });
  const announce = createSessionChanges({ feed: stores.feed, scheduleClosing: books.scheduleClosing, endVisits, closeStage });

  const accounts = createAccountService({
    ...stores,
    scopes: {
      fair: async (id) => (await fairs.find(id)) !== null,
      fairOfCompany: async (id) => (await companies.find(id))?.fairId ?? null,
      async session(id) {
        const session = await sessions.find(id);
        return session && { fairId: session.fairId, companyIds: session.companies.map((company) => company.id) };
      },
    },
    sms: smsSender(config, log),
    tokenSecret,
    accessTokenSeconds: config.GANGBO_ACCESS_TOKEN_SECONDS,
    publicUrl,
    clock,
    newId,
    log,
  });
  const recording = { namesOf: accounts.namesOf, notify, demandAllowance, onRecorded: books.recorded, clock, newId, log };
  const recruiters = createColleagues(stores);
  const calls = createCallService({
    store: stores.calls,
    consultation: stores.consultations.find,
    recruitersOf: (scope) => recruiters('call.hold', scope),
    stage: {
      async takeOff(callId, connectionId) {
        await Promise.all([stage.unsubscribe(callId, connectionId), stage.unpublish(callId, connectionId)]);
      },
      close: stage.close,
    },
    nudge: (id) => nudges.give({ about: 'call', id }),
    times: callTimes(config.GANGBO_CALL_MINUTES),
    ...recording,
  });
  nudges.on('guests', guests.enforce);
  nudges.on('call', calls.enforce);
  const consulting = createConsultationService({ store: stores.consultations, ...recording });
  const consultations: ConsultationService = {
    ...consulting,
    async close(actor, consultationId) {
      const closed = await consulting.close(actor, consultationId);
      await calls.endOfConsultation(consultationId);
      return closed;
    },
  };
  const applications = createApplicationService({
    store: stores.applications,
    files: stores.resumeFiles,
    links: createFileLinks({ tokenSecret, clock }),
    campusOf: audience.campusOf,
    ...recording,
  });
  return {
    demandAllowance,
    fairs,
    companies,
    campuses,
    positions,
    stage,
    guests,
    nudges,
    stageHealth,
    iceServersFor,
    audience,
    chat,
    sessions,
    books,
    accounts,
    consultations,
    calls,
    applications,
  };
}
export type Services = ReturnType<typeof createServices>;
