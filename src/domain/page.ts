import { CodedError } from '../contract/index.ts';

/** A list is read by key, not by offset: `after` is the key of the last row seen. */
export interface PageRequest<K> {
  limit: number;
  after: K | null;
}

export interface Page<T> {
  items: T[];
  next: string | null;
}

const refuse = () => new CodedError('BAD_INPUT', { issues: [{ path: 'cursor', message: 'not a cursor of this list' }] });
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function decode(cursor: string): string[] {
  return Buffer.from(cursor, 'base64url').toString('utf8').split('~');
}

const encode = (...parts: (string | number)[]) => Buffer.from(parts.join('~')).toString('base64url');

/** Reads the cursor of a list ordered by id. @throws CodedError BAD_INPUT for one that is not ours */
export function afterId(query: { limit: number; cursor?: string | undefined }): PageRequest<string> {
  if (query.cursor === undefined) return { limit: query.limit, after: null };
  const [id = '', ...rest] = decode(query.cursor);
  if (!ID.test(id) || rest.length > 0) throw refuse();
  return { limit: query.limit, after: id };
}

export interface TimeKey {
  at: number;
  id: string;
}

/** Reads the cursor of a list ordered by a time, then id. @throws CodedError BAD_INPUT */
export function afterTime(query: { limit: number; cursor?: string | undefined }): PageRequest<TimeKey> {
  if (query.cursor === undefined) return { limit: query.limit, after: null };
  const [at = '', id = '', ...rest] = decode(query.cursor);
  if (!/^\d{1,15}$/.test(at) || !ID.test(id) || rest.length > 0) throw refuse();
  return { limit: query.limit, after: { at: Number(at), id } };
}

/** Makes a page of rows read with `limit + 1`: the extra row only tells that there is more. */
export function pageById<T extends { id: string }>(rows: T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? encode(last.id) : null };
}

/** As {@link pageById} for a list ordered by `at(row)`, then id. */
export function pageByTime<T extends { id: string }>(rows: T[], limit: number, at: (row: T) => number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? encode(at(last), last.id) : null };
}
