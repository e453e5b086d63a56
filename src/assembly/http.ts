import { createHmac } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { v7 } from 'uuid';
import type { Config } from '../../config/index.ts';
import type { MediaPlane } from '../../media/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { RoomEntrance } from '../contract/index.ts';
import type { Trace } from '../domain/ports.ts';
import { createCookies } from '../http/credentials.ts';
import { createApplicationRoutes } from '../http/routes/application.ts';
import { createAuthRoutes } from '../http/routes/auth.ts';
import { createCampusRoutes } from '../http/routes/campus.ts';
import { createCompanyRoutes } from '../http/routes/company.ts';
import { createConsultationRoutes } from '../http/routes/consultation.ts';
import { createFairRoutes } from '../http/routes/fair.ts';
import { createPositionRoutes } from '../http/routes/position.ts';
import { createReportRoutes, registerReportFiles } from '../http/routes/report.ts';
import { registerResumeFiles } from '../http/routes/resume-file.ts';
import { createRoomRoutes } from '../http/routes/room.ts';
import { createSessionRoutes } from '../http/routes/session.ts';
import { createStageHealthRoutes } from '../http/routes/stage-health.ts';
import { createStageKeyRoutes } from '../http/routes/stage-keys.ts';
import { registerWhep } from '../http/routes/whep.ts';
import { registerWhip } from '../http/routes/whip.ts';
import type { SdpExchangeOptions } from '../http/sdp-exchange.ts';
import { createHttpServer } from '../http/server.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { assembleMediaLinks } from './media-links.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface HttpOptions {
  config: Config;
  stores: Stores;
  services: Services;
  plane: MediaPlane;
  tokenSecret: string;
  publicUrl: () => string;
  system: (app: FastifyInstance) => void;
  metrics: Metrics;
  trace: Trace;
  log: Logger;
}

const pagesFolder = fileURLToPath(new URL('../../dist/web', import.meta.url));

/** The HTTP server with a handler for every route of the contract. */
export function assembleHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { config, stores, services, plane, tokenSecret, publicUrl, system, metrics, trace, log } = options;
  const { accounts, sessions, applications, books } = services;
  const { keys, links } = assembleMediaLinks({ stores, services, plane, publicUrl, clock: Date.now, newId: v7, log });
  const pseudonym = (text: string) => stores.sealer.index('request address', text).toString('base64url').slice(0, 22);
  const exchange: SdpExchangeOptions = {
    links,
    iceServersFor: services.iceServersFor,
    tokenRefused: (address) => services.demandAllowance({ key: `stage-token:${pseudonym(address)}`, limit: 30, windowMs: 60_000 }),
  };
  const cookies = createCookies({ secure: () => publicUrl().startsWith('https:') });
  return createHttpServer({
    log,
    trace,
    redis: stores.redis,
    rateLimitPrefix: stores.accessKeys.requests,
    pseudonym,
    requestsPerMinute: config.GANGBO_REQUESTS_PER_MINUTE,
    trustProxy: config.GANGBO_TRUST_PROXY,
    // A key of its own, so that nothing signed for one purpose passes for another.
    cookieSecret: createHmac('sha256', tokenSecret).update('gangbo device cookie').digest('hex'),
    publicUrl,
    version: packageJson.version,
    authenticate: accounts.authenticate,
    pagesFolder,
    metrics,
    system,
    extend: [
      (api) => registerReportFiles(api, { reports: books.reports, authenticate: accounts.authenticate }),
      (api) => registerResumeFiles(api, { applications }),
      (api) => registerWhip(api, exchange),
      (api) => registerWhep(api, exchange),
      // Players that came in here connect to another node.
      (api) => void api.addHook('onClose', () => links.stop()),
    ],
    handlers: {
      ...createAuthRoutes({ accounts, cookies }),
      ...createFairRoutes(services),
      ...createCompanyRoutes(services),
      ...createCampusRoutes(services),
      ...createPositionRoutes(services),
      ...createSessionRoutes(services),
      ...createStageHealthRoutes(services),
      ...createStageKeyRoutes(keys),
      // mediasoup's type of the capabilities says less about feedback and headers than the contract's schema.
      ...createRoomRoutes({
        accounts,
        sessions,
        cookies,
        routerRtpCapabilities: () => plane.routerRtpCapabilities as RoomEntrance['routerRtpCapabilities'],
      }),
      ...createConsultationRoutes(services.consultations),
      ...createApplicationRoutes(applications),
      ...createReportRoutes(books.reports),
    },
  });
}
