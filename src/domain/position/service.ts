import { CodedError, type Position, type PositionInput } from '../../contract/index.ts';
import { type Actor, authorize, grantsFor, isStaff, roleFor } from '../actor.ts';
import { today } from '../calendar.ts';
import { afterId, type Page, pageById } from '../page.ts';
import type { Clock, NewId } from '../ports.ts';
import { createReadCache } from '../read-cache.ts';
import { gapsOf, licenceGapsOf } from './gate.ts';
import type { CompanyLookup, FairLookup, PositionFilter, PositionReach, PositionStore } from './store.ts';

export type PositionQuery = PositionFilter & { limit: number; cursor?: string | undefined };

/** Positions: drafted, published through the gate, closed. */
export interface PositionService {
  create(actor: Actor, companyId: string, input: PositionInput): Promise<Position>;
  /** @throws CodedError POSITION_INCOMPLETE when a published position would no longer pass the gate */
  edit(actor: Actor, positionId: string, input: PositionInput): Promise<Position>;
  /** @throws CodedError POSITION_INCOMPLETE, LICENCE_INVALID with the fields at fault */
  publish(actor: Actor, positionId: string): Promise<Position>;
  close(actor: Actor, positionId: string): Promise<Position>;
  list(actor: Actor, query: PositionQuery): Promise<Page<Position>>;
  /** @throws CodedError NOT_FOUND, also for what the actor may not see yet */
  get(actor: Actor, positionId: string): Promise<Position>;
  /** For other services: no access check; up to a second old. */
  find(positionId: string): Promise<Position | null>;
  /**
   * For pinning and applying: a position that is open now. No access check.
   * @throws CodedError NOT_FOUND, POSITION_CLOSED when not published or expired, POSITION_INCOMPLETE
   */
  demandOpen(positionId: string): Promise<Position>;
}

export interface PositionDependencies {
  store: PositionStore;
  companies: CompanyLookup;
  fairs: FairLookup;
  clock: Clock;
  newId: NewId;
}

const scopeOf = (position: { fairId: string; companyId: string }) => ({ fairId: position.fairId, companyIds: [position.companyId] });

export function createPositionService({ store, companies, fairs, clock, newId }: PositionDependencies): PositionService {
  const cache = createReadCache<Position>({ read: (id) => store.find(id), clock, lifeMs: 1_000, size: 2_000 });

  async function todayOf(fairId: string): Promise<string> {
    const fair = await fairs.find(fairId);
    if (!fair) throw new CodedError('NOT_FOUND');
    return today(clock, fair.timeZone);
  }

  async function demandEditable(actor: Actor, positionId: string): Promise<Position> {
    const position = await store.find(positionId);
    if (!position) throw new CodedError('NOT_FOUND');
    authorize(actor, 'position.edit', scopeOf(position));
    return position;
  }

  async function demandComplete(position: PositionInput & { fairId: string }): Promise<void> {
    const issues = gapsOf(position, await todayOf(position.fairId));
    if (issues.length > 0) throw new CodedError('POSITION_INCOMPLETE', { issues });
  }

  async function changed(position: Position | null): Promise<Position> {
    if (!position) throw new CodedError('NOT_FOUND');
    cache.forget(position.id);
    return position;
  }

  return {
    async create(actor, companyId, input) {
      const company = await companies.find(companyId);
      if (!company) throw new CodedError('NOT_FOUND');
      authorize(actor, 'position.edit', { fairId: company.fairId, companyIds: [companyId] });
      const position: Position = {
        ...input,
        id: newId(),
        fairId: company.fairId,
        companyId,
        companyName: company.name,
        industry: company.industry,
        status: 'draft',
        createdAt: clock(),
      };
      await store.insert(position);
      return position;
    },

    async edit(actor, positionId, input) {
      const position = await demandEditable(actor, positionId);
      if (position.status === 'published') await demandComplete({ ...input, fairId: position.fairId });
      return changed(await store.replace(positionId, input));
    },

    async publish(actor, positionId) {
      const position = await demandEditable(actor, positionId);
      await demandComplete(position);
      const company = await companies.find(position.companyId);
      const issues = company ? licenceGapsOf(company, await todayOf(position.fairId)) : [];
      if (issues.length > 0) throw new CodedError('LICENCE_INVALID', { issues });
      return changed(await store.setStatus(positionId, 'published'));
    },

    async close(actor, positionId) {
      await demandEditable(actor, positionId);
      return changed(await store.setStatus(positionId, 'closed'));
    },

    async list(actor, query) {
      const { limit, cursor, ...filter } = query;
      const page = afterId({ limit, cursor });
      const reaches: PositionReach[] = isStaff(actor) ? grantsFor(actor, 'position.read').filter((grant) => grant.sessionId === null) : [];
      return pageById(await store.list(filter, reaches, clock(), page), page.limit);
    },

    async get(actor, positionId) {
      const position = await store.find(positionId);
      const visible = position && (position.status !== 'draft' || (isStaff(actor) && roleFor(actor, 'position.read', scopeOf(position))));
      if (!visible) throw new CodedError('NOT_FOUND');
      return position;
    },

    find: (positionId) => cache.get(positionId),

    async demandOpen(positionId) {
      const position = await cache.get(positionId);
      if (!position) throw new CodedError('NOT_FOUND');
      const date = await todayOf(position.fairId);
      if (position.status !== 'published' || (position.expiresOn !== null && position.expiresOn < date)) {
        throw new CodedError('POSITION_CLOSED');
      }
      const issues = gapsOf(position, date);
      if (issues.length > 0) throw new CodedError('POSITION_INCOMPLETE', { issues });
      return position;
    },
  };
}
