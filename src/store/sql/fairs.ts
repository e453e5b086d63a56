import type { Selectable } from 'kysely';
import { type Campus, type Company, campusSchema, companySchema, type Fair } from '../../contract/index.ts';
import type { CampusStore, CompanyStore, FairStore } from '../../domain/fair/store.ts';
import type { Database } from './database.ts';
import { isUniqueViolation, timeOf } from './rows.ts';
import type { Schema } from './schema.ts';

const fairOf = (row: Selectable<Schema['fairs']>): Fair => ({
  id: row.id,
  name: row.name,
  nameEn: row.name_en,
  organizerName: row.organizer_name,
  timeZone: row.time_zone,
  startsOn: row.starts_on,
  endsOn: row.ends_on,
  createdAt: timeOf(row.created_at),
});

/** The given fields only, under their column names. */
function columnsOf<T extends object>(changes: T, names: Record<keyof T & string, string>): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  for (const [field, column] of Object.entries<string>(names)) {
    const value = changes[field as keyof T];
    if (value !== undefined) columns[column] = value;
  }
  return columns;
}

/** Fairs in SQL. */
export function createFairStore(database: Database): FairStore {
  const find = async (fairId: string) => {
    const row = await database.selectFrom('fairs').selectAll().where('id', '=', fairId).executeTakeFirst();
    return row ? fairOf(row) : null;
  };
  return {
    async insert(fair) {
      await database
        .insertInto('fairs')
        .values({
          id: fair.id,
          name: fair.name,
          name_en: fair.nameEn,
          organizer_name: fair.organizerName,
          time_zone: fair.timeZone,
          starts_on: fair.startsOn,
          ends_on: fair.endsOn,
          created_at: new Date(fair.createdAt),
        })
        .execute();
    },
    find,
    async list(fairIds, { limit, after }) {
      if (fairIds?.length === 0) return [];
      const rows = await database
        .selectFrom('fairs')
        .selectAll()
        .$if(fairIds !== null, (query) => query.where('id', 'in', fairIds))
        .$if(after !== null, (query) => query.where('id', '<', after))
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      return rows.map(fairOf);
    },
    async update(fairId, changes) {
      const columns = columnsOf<typeof changes>(changes, {
        name: 'name',
        nameEn: 'name_en',
        organizerName: 'organizer_name',
        timeZone: 'time_zone',
        startsOn: 'starts_on',
        endsOn: 'ends_on',
      });
      if (Object.keys(columns).length > 0) await database.updateTable('fairs').set(columns).where('id', '=', fairId).execute();
      return find(fairId);
    },
  };
}

const companyOf = (row: Selectable<Schema['companies']>): Company => ({
  id: row.id,
  fairId: row.fair_id,
  name: row.name,
  nameEn: row.name_en,
  industry: companySchema.shape.industry.parse(row.industry),
  province: row.province,
  city: row.city,
  introduction: row.introduction,
  licenceNumber: row.licence_number,
  licenceExpiresOn: row.licence_expires_on,
  createdAt: timeOf(row.created_at),
});

/** Companies in SQL; a name is unique within a fair. */
export function createCompanyStore(database: Database): CompanyStore {
  const find = async (companyId: string) => {
    const row = await database.selectFrom('companies').selectAll().where('id', '=', companyId).executeTakeFirst();
    return row ? companyOf(row) : null;
  };
  return {
    async insert(company) {
      const result = await database
        .insertInto('companies')
        .values({
          id: company.id,
          fair_id: company.fairId,
          name: company.name,
          name_en: company.nameEn,
          industry: company.industry,
          province: company.province,
          city: company.city,
          introduction: company.introduction,
          licence_number: company.licenceNumber,
          licence_expires_on: company.licenceExpiresOn,
          created_at: new Date(company.createdAt),
        })
        .onConflict((conflict) => conflict.columns(['fair_id', 'name']).doNothing())
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    find,
    async list(fairId, companyIds, { limit, after }) {
      if (companyIds?.length === 0) return [];
      const rows = await database
        .selectFrom('companies')
        .selectAll()
        .where('fair_id', '=', fairId)
        .$if(companyIds !== null, (query) => query.where('id', 'in', companyIds))
        .$if(after !== null, (query) => query.where('id', '>', after))
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return rows.map(companyOf);
    },
    async update(companyId, changes) {
      const columns = columnsOf<typeof changes>(changes, {
        name: 'name',
        nameEn: 'name_en',
        industry: 'industry',
        province: 'province',
        city: 'city',
        introduction: 'introduction',
        licenceNumber: 'licence_number',
        licenceExpiresOn: 'licence_expires_on',
      });
      try {
        if (Object.keys(columns).length > 0) await database.updateTable('companies').set(columns).where('id', '=', companyId).execute();
      } catch (error) {
        if (isUniqueViolation(error)) return 'taken';
        throw error;
      }
      return find(companyId);
    },
  };
}

const campusOf = (row: Selectable<Schema['campuses']>): Campus => ({
  id: row.id,
  fairId: row.fair_id,
  name: row.name,
  kind: campusSchema.shape.kind.parse(row.kind),
  province: row.province,
  code: row.code,
  createdAt: timeOf(row.created_at),
});

/** Campuses in SQL; a code is unique within a fair. */
export function createCampusStore(database: Database): CampusStore {
  return {
    async insert({ id, fairId, name, kind, province, code, createdAt }) {
      const result = await database
        .insertInto('campuses')
        .values({ id, fair_id: fairId, name, kind, province, code, created_at: new Date(createdAt) })
        .onConflict((conflict) => conflict.columns(['fair_id', 'code']).doNothing())
        .executeTakeFirst();
      return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    async list(fairId, { limit, after }) {
      const rows = await database
        .selectFrom('campuses')
        .selectAll()
        .where('fair_id', '=', fairId)
        .$if(after !== null, (query) => query.where('id', '>', after))
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      return rows.map(campusOf);
    },
    async hasCode(fairId, code) {
      const row = await database
        .selectFrom('campuses')
        .select('id')
        .where('fair_id', '=', fairId)
        .where('code', '=', code)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
