import type { Company, Position, PositionInput } from '../../contract/index.ts';
import type { PageRequest } from '../page.ts';

export interface PositionFilter {
  fairId?: string | undefined;
  companyId?: string | undefined;
  sessionId?: string | undefined;
  kind?: string | undefined;
  industry?: string | undefined;
  search?: string | undefined;
}

/** A part of the fair whose unpublished positions may be seen; null means "all". */
export interface PositionReach {
  fairId: string | null;
  companyId: string | null;
}

export interface PositionStore {
  insert(position: Position): Promise<void>;
  find(positionId: string): Promise<Position | null>;
  /**
   * In the order they were added: the published ones that have not expired by `now`
   * in their fair's time zone, and whatever the reaches cover.
   */
  list(filter: PositionFilter, reaches: readonly PositionReach[], now: number, page: PageRequest<string>): Promise<Position[]>;
  replace(positionId: string, input: PositionInput): Promise<Position | null>;
  setStatus(positionId: string, status: Position['status']): Promise<Position | null>;
}

/** What positions need to know of companies and fairs. */
export interface CompanyLookup {
  find(companyId: string): Promise<Company | null>;
}

export interface FairLookup {
  find(fairId: string): Promise<{ timeZone: string } | null>;
}
