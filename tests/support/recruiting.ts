import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { CodedError, type Grant, type ServerEventName } from '../../src/contract/index.ts';
import type { Actor } from '../../src/domain/actor.ts';
import type { DemandAllowance } from '../../src/domain/allowance.ts';
import { createFileLinks } from '../../src/domain/application/file-links.ts';
import { createApplicationService } from '../../src/domain/application/service.ts';
import type { ApplicationStore } from '../../src/domain/application/store.ts';
import { createConsultationService } from '../../src/domain/consultation/service.ts';
import type { Notify } from '../../src/domain/ports.ts';
import { openLocalDisk } from '../../src/store/files/disk.ts';
import { createResumeFiles } from '../../src/store/files/resume-files.ts';
import { createSealer } from '../../src/store/sealer.ts';
import { createApplicantKeys } from '../../src/store/sql/applicant-keys.ts';
import { createApplicationStore } from '../../src/store/sql/applications.ts';
import { createConsultationStore } from '../../src/store/sql/consultations.ts';
import { quietLog } from './quiet-log.ts';
import { openTestDatabase } from './services.ts';

export interface Told {
  to: string;
  event: ServerEventName;
  payload: unknown;
}

/** Consultations and applications on a real database and a real folder, with what they stand on. */
export async function openRecruiting(connections = 5, demandAllowance: DemandAllowance = async () => undefined) {
  const { database, close } = await openTestDatabase(connections);
  const folder = await mkdtemp(join(tmpdir(), 'gangbo-files-'));
  const sealer = createSealer(randomBytes(32).toString('hex'));
  const keys = createApplicantKeys({ database, sealer });
  const files = createResumeFiles({ disk: openLocalDisk(folder), keys });
  const told: Told[] = [];
  const names = new Map<string, string>();
  const notify: Notify = {
    account: (id, event, payload) => void told.push({ to: `account:${id}`, event, payload }),
    company: (id, event, payload) => void told.push({ to: `company:${id}`, event, payload }),
  };
  const time = { now: Date.now() };
  const ports = {
    notify,
    clock: () => time.now,
    newId: () => v7(),
    log: quietLog,
    onRecorded: () => undefined,
    demandAllowance: demandAllowance,
  };
  const namesOf = async (ids: readonly string[]) =>
    new Map(ids.flatMap((id) => (names.has(id) ? [[id, names.get(id) ?? ''] as const] : [])));
  const applicationStore = createApplicationStore({ database, keys });
  const links = createFileLinks({ tokenSecret: 'a secret of at least thirty-two characters', clock: ports.clock });
  const campuses = new Map<string, string>();
  const campusOf = async (_sessionId: string, accountId: string) => campuses.get(accountId) ?? null;

  const withStore = (store: ApplicationStore) => createApplicationService({ store, files, links, namesOf, campusOf, ...ports });

  async function addAccount(kind: 'viewer' | 'staff', name: string): Promise<string> {
    const id = v7();
    names.set(id, name);
    await database
      .insertInto('accounts')
      .values({ id, kind, login: kind === 'staff' ? id : null, name_sealed: sealer.seal(`name ${id}`, name) })
      .execute();
    return id;
  }

  return {
    database,
    folder,
    files,
    told,
    time,
    campuses,
    consultations: createConsultationService({ store: createConsultationStore({ database, keys }), namesOf, ...ports }),
    applications: withStore(applicationStore),
    applicationStore,
    withStore,

    async addViewer(name = '王小明'): Promise<Actor & { accountId: string }> {
      const accountId = await addAccount('viewer', name);
      return { role: 'viewer', name, deviceId: v7(), accountId, signInId: v7(), grants: [] };
    },

    async addStaff(grant: Partial<Grant> & Pick<Grant, 'role'>, name = '陈招聘'): Promise<Actor & { accountId: string }> {
      const accountId = await addAccount('staff', name);
      const full: Grant = { fairId: null, companyId: null, sessionId: null, ...grant };
      const row = {
        id: v7(),
        account_id: accountId,
        role: full.role,
        fair_id: full.fairId,
        company_id: full.companyId,
        session_id: full.sessionId,
      };
      await database.insertInto('grants').values(row).execute();
      return { role: full.role, name, deviceId: null, accountId, signInId: v7(), grants: [full] };
    },

    async addFair(): Promise<string> {
      const id = v7();
      const days = { starts_on: '2026-01-01', ends_on: '2026-12-31' };
      await database
        .insertInto('fairs')
        .values({ id, name: `招聘会 ${id}`, name_en: '', organizer_name: '人社局', time_zone: 'Asia/Shanghai', ...days })
        .execute();
      return id;
    },

    async addCompany(fairId: string): Promise<string> {
      const id = v7();
      const place = { province: '内蒙古自治区', city: '包头市', introduction: '', licence_number: '91150200MA0000001X' };
      await database
        .insertInto('companies')
        .values({ id, fair_id: fairId, name: `公司 ${id}`, name_en: '', industry: 'energy', ...place })
        .execute();
      return id;
    },

    async addPosition(
      fairId: string,
      companyId: string,
      more: { status?: 'draft' | 'published' | 'closed'; expires_on?: string } = {},
    ): Promise<string> {
      const id = v7();
      const facts = { duties: '', conditions: '', place: '', pay_period: 'month', benefits: '[]', groups: '[]', headcount: 4 };
      await database
        .insertInto('positions')
        .values({
          id,
          fair_id: fairId,
          company_id: companyId,
          kind: 'fulltime',
          title: '焊接技术员',
          status: 'published',
          ...facts,
          ...more,
        })
        .execute();
      return id;
    },

    async addSession(fairId: string, companyIds: string[], status: 'scheduled' | 'live' | 'ended' = 'live'): Promise<string> {
      const id = v7();
      await database
        .insertInto('sessions')
        .values({ id, fair_id: fairId, title: '专场', starts_at: new Date(time.now), status })
        .execute();
      const rows = companyIds.map((company_id, place) => ({ session_id: id, company_id, place }));
      await database.insertInto('session_companies').values(rows).execute();
      return id;
    },

    /** The facts recorded so far, by type. */
    async facts(type: string) {
      const rows = await database.selectFrom('outbox').select(['event_id', 'subject_id', 'fact']).orderBy('id').execute();
      return rows.filter((row) => row.fact.type === type);
    },

    /** The files that lie in the folder. */
    async storedFiles(): Promise<string[]> {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    },

    async close(): Promise<void> {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type Recruiting = Awaited<ReturnType<typeof openRecruiting>>;

export const newOnce = () => `once-${v7()}`;

/** The codes by which calls are refused, one after the other; `ok` for one that is not. */
export async function codesOf(calls: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  const codes: string[] = [];
  for (const call of calls) {
    codes.push(
      await call().then(
        () => 'ok',
        (error: unknown) => (error instanceof CodedError ? error.code : String(error)),
      ),
    );
  }
  return codes;
}
