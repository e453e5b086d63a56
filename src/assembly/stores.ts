import { join } from 'node:path';
import type { Config } from '../../config/index.ts';
import { callTimes } from '../domain/call/record.ts';
import type { Clock } from '../domain/ports.ts';
import type { Engines } from '../engines.ts';
import { openLocalDisk } from '../store/files/disk.ts';
import { createResumeFiles } from '../store/files/resume-files.ts';
import { createAccessKeys } from '../store/redis/access-keys.ts';
import { createAudienceStore } from '../store/redis/audience.ts';
import { createCallStore } from '../store/redis/calls.ts';
import { openRedis, type RedisPurpose } from '../store/redis/client.ts';
import { createFactStore } from '../store/redis/facts.ts';
import { createFeedStore, createFollowFeed } from '../store/redis/feed.ts';
import { createGuestStore } from '../store/redis/guests.ts';
import { createKeys } from '../store/redis/keys.ts';
import { createRevocations } from '../store/redis/revocations.ts';
import { withScripts } from '../store/redis/scripts.ts';
import { createSubjects } from '../store/redis/subjects.ts';
import { createAttemptStore, createCodeStore } from '../store/redis/viewer-codes.ts';
import { createSealer } from '../store/sealer.ts';
import { createAccountStore } from '../store/sql/accounts.ts';
import { createApplicantKeys } from '../store/sql/applicant-keys.ts';
import { createApplicationStore } from '../store/sql/applications.ts';
import { createConsultationStore } from '../store/sql/consultations.ts';
import { migrate, openDatabase } from '../store/sql/database.ts';
import { createCampusStore, createCompanyStore, createFairStore } from '../store/sql/fairs.ts';
import { createInvitationStore } from '../store/sql/invitations.ts';
import { createLedgerStore } from '../store/sql/ledger.ts';
import { createOutboxStore } from '../store/sql/outbox-relay.ts';
import { createPositionStore } from '../store/sql/positions.ts';
import { createSessionStore } from '../store/sql/sessions.ts';
import { createSignInStore } from '../store/sql/sign-ins.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface StoreOptions {
  config: Config;
  engines: Engines;
  clock: Clock;
  log: Logger;
}

/** Says which setting to look at, and what was tried, without the user and the password in it. */
export function unusable(name: string, setting: string, address: string, cause: Error): Error {
  const url = URL.canParse(address) ? new URL(address) : null;
  const place = url?.host ? `${url.host}${url.pathname}` : url ? '' : address;
  return new Error(`${name} at ${place} cannot be used (${setting}): ${cause.message}`, { cause });
}

/** Connects to the databases, brings the schema up to date and opens every store. */
export async function openStores({ config, engines, clock, log }: StoreOptions) {
  const connect = (purpose: RedisPurpose) =>
    openRedis(engines.redisAddress, purpose, (error) => log.warn({ err: error, purpose }, 'Redis is out of reach; connecting again'));
  let redisFault: Error | undefined;
  const redis = withScripts(
    openRedis(engines.redisAddress, 'commands', (error) => {
      redisFault = error;
      log.warn({ err: error, purpose: 'commands' }, 'Redis is out of reach; connecting again');
    }),
  );
  const adapterRedis = connect('blocking');
  const database = openDatabase(engines.databaseUrl, config.GANGBO_DATABASE_CONNECTIONS, (error) =>
    log.warn({ err: error }, 'an idle connection to PostgreSQL was lost; it is replaced'),
  );
  const close = async () => {
    redis.disconnect();
    adapterRedis.disconnect();
    await database.destroy();
  };
  try {
    await redis.ping().catch((error: Error) => {
      throw unusable('Redis', 'REDIS_URL', engines.redisAddress, redisFault ?? error);
    });
    const migrated = await migrate(database).catch((error: Error) => {
      throw unusable('PostgreSQL', 'DATABASE_URL', engines.databaseUrl, error);
    });
    if (migrated.length > 0) log.info({ migrations: migrated }, 'the schema was brought up to date');
  } catch (error) {
    await close();
    throw error;
  }

  const keys = createKeys();
  const accessKeys = createAccessKeys();
  const sealer = createSealer(engines.masterKey);
  const subjects = createSubjects({ redis, keys, clock });
  const applicantKeys = createApplicantKeys({ database, sealer });
  const disk = openLocalDisk(join(engines.folder, 'files'));
  return {
    connect,
    redis,
    adapterRedis,
    database,
    keys,
    accessKeys,
    sealer,
    fairs: createFairStore(database),
    companies: createCompanyStore(database),
    campuses: createCampusStore(database),
    positions: createPositionStore(database),
    sessions: createSessionStore(database),
    accounts: createAccountStore(database, sealer),
    signIns: createSignInStore(database),
    invitations: createInvitationStore(database, sealer),
    revocations: createRevocations({ redis, keys: accessKeys, accessTokenSeconds: config.GANGBO_ACCESS_TOKEN_SECONDS }),
    codes: createCodeStore(redis, accessKeys),
    attempts: createAttemptStore(redis, accessKeys),
    consultations: createConsultationStore({ database, keys: applicantKeys }),
    applications: createApplicationStore({ database, keys: applicantKeys }),
    resumeFiles: createResumeFiles({ disk, keys: applicantKeys }),
    audience: createAudienceStore({ redis, keys, subjects, graceMs: config.GANGBO_VISIT_GRACE_SECONDS * 1_000 }),
    feed: createFeedStore({ redis, keys }),
    followFeed: createFollowFeed({ connect: () => connect('blocking'), keys }),
    guests: createGuestStore({ redis, keys }),
    calls: createCallStore({ redis, keys, times: callTimes(config.GANGBO_CALL_MINUTES) }),
    facts: createFactStore({ redis, keys, subjects }),
    ledger: createLedgerStore(database),
    outbox: createOutboxStore(database),
    close,
  };
}
export type Stores = Awaited<ReturnType<typeof openStores>>;
