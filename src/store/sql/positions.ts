import { sql } from 'kysely';
import { type Position, type PositionInput, positionSchema } from '../../contract/index.ts';
import type { PositionStore } from '../../domain/position/store.ts';
import type { Database } from './database.ts';
import { literally, timeOf } from './rows.ts';

const factsOf = (input: PositionInput) => ({
  kind: input.kind,
  title: input.title,
  headcount: input.headcount,
  duties: input.duties,
  conditions: input.conditions,
  place: input.place,
  pay_min: input.payMin,
  pay_max: input.payMax,
  pay_period: input.payPeriod,
  benefits: JSON.stringify(input.benefits),
  groups: JSON.stringify(input.groups),
  expires_on: input.expiresOn,
  training: input.training ? JSON.stringify(input.training) : null,
});

const facts = positionSchema.shape;

/** Positions in SQL, read together with the company's name and industry. */
export function createPositionStore(database: Database): PositionStore {
  const rows = () =>
    database
      .selectFrom('positions')
      .innerJoin('companies', 'companies.id', 'positions.company_id')
      .selectAll('positions')
      .select(['companies.name as company_name', 'companies.industry as company_industry']);
  type Row = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>;

  const positionOf = (row: Row): Position => ({
    id: row.id,
    fairId: row.fair_id,
    companyId: row.company_id,
    companyName: row.company_name,
    industry: facts.industry.parse(row.company_industry),
    kind: facts.kind.parse(row.kind),
    title: row.title,
    headcount: row.headcount,
    duties: row.duties,
    conditions: row.conditions,
    place: row.place,
    payMin: row.pay_min,
    payMax: row.pay_max,
    payPeriod: facts.payPeriod.parse(row.pay_period),
    benefits: row.benefits,
    groups: facts.groups.parse(row.groups),
    expiresOn: row.expires_on,
    training: row.training,
    status: row.status,
    createdAt: timeOf(row.created_at),
  });

  const find = async (positionId: string) => {
    const row = await rows().where('positions.id', '=', positionId).executeTakeFirst();
    return row ? positionOf(row) : null;
  };

  return {
    async insert(position) {
      await database
        .insertInto('positions')
        .values({
          ...factsOf(position),
          id: position.id,
          fair_id: position.fairId,
          company_id: position.companyId,
          status: position.status,
          created_at: new Date(position.createdAt),
        })
        .execute();
    },

    find,

    async list(filter, reaches, now, { limit, after }) {
      const { fairId, companyId, sessionId, kind, industry, search } = filter;
      const found = await rows()
        .innerJoin('fairs', 'fairs.id', 'positions.fair_id')
        .where((where) =>
          where.or([
            where.and([
              where('positions.status', '=', 'published'),
              where(
                'positions.expires_on',
                '>=',
                sql<string>`(${new Date(now).toISOString()}::timestamptz at time zone fairs.time_zone)::date`,
              ),
            ]),
            ...reaches.map((reach) =>
              where.and([
                ...(reach.fairId === null ? [] : [where('positions.fair_id', '=', reach.fairId)]),
                ...(reach.companyId === null ? [] : [where('positions.company_id', '=', reach.companyId)]),
              ]),
            ),
          ]),
        )
        .$if(fairId !== undefined, (query) => query.where('positions.fair_id', '=', fairId ?? ''))
        .$if(companyId !== undefined, (query) => query.where('positions.company_id', '=', companyId ?? ''))
        .$if(sessionId !== undefined, (query) =>
          query.where('positions.company_id', 'in', (inner) =>
            inner
              .selectFrom('session_companies')
              .select('company_id')
              .where('session_id', '=', sessionId ?? ''),
          ),
        )
        .$if(kind !== undefined, (query) => query.where('positions.kind', '=', kind ?? ''))
        .$if(industry !== undefined, (query) => query.where('companies.industry', '=', industry ?? ''))
        .$if(search !== undefined && search !== '', (query) => query.where('positions.title', 'ilike', `%${literally(search ?? '')}%`))
        .$if(after !== null, (query) => query.where('positions.id', '>', after ?? ''))
        .orderBy('positions.id')
        .limit(limit + 1)
        .execute();
      return found.map(positionOf);
    },

    async replace(positionId, input) {
      await database.updateTable('positions').set(factsOf(input)).where('id', '=', positionId).execute();
      return find(positionId);
    },

    async setStatus(positionId, status) {
      await database.updateTable('positions').set({ status }).where('id', '=', positionId).execute();
      return find(positionId);
    },
  };
}
