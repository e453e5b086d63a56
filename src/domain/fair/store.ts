import type { Campus, Company, CompanyInput, Fair, FairInput } from '../../contract/index.ts';
import type { PageRequest } from '../page.ts';

export interface FairStore {
  insert(fair: Fair): Promise<void>;
  find(fairId: string): Promise<Fair | null>;
  /** Newest first. */
  list(fairIds: readonly string[] | null, page: PageRequest<string>): Promise<Fair[]>;
  update(fairId: string, changes: Partial<FairInput>): Promise<Fair | null>;
}

export interface CompanyStore {
  /** @returns false when the fair has a company of that name */
  insert(company: Company): Promise<boolean>;
  find(companyId: string): Promise<Company | null>;
  /** In the order they were added. */
  list(fairId: string, companyIds: readonly string[] | null, page: PageRequest<string>): Promise<Company[]>;
  /** @returns 'taken' when the fair has another company of that name */
  update(companyId: string, changes: Partial<CompanyInput>): Promise<Company | 'taken' | null>;
}

export interface CampusStore {
  /** @returns false when the fair has a campus with that code */
  insert(campus: Campus): Promise<boolean>;
  list(fairId: string, page: PageRequest<string>): Promise<Campus[]>;
  hasCode(fairId: string, code: string): Promise<boolean>;
}
