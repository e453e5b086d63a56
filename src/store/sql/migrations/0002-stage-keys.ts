import { type Kysely, sql } from 'kysely';

/** Keys of encoders and players: hashed, for one session and one purpose. */
const statements = [
  `create table stage_keys (
    id uuid primary key,
    session_id uuid not null references sessions,
    purpose text not null check (purpose in ('publish', 'watch')),
    token_hash bytea not null unique,
    created_by uuid not null references accounts,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    withdrawn_at timestamptz
  )`,
  `create index stage_keys_session on stage_keys (session_id) where withdrawn_at is null`,
];

export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}
