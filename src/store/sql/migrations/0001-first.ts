import { type Kysely, sql } from 'kysely';

/**
 * The first schema. Times are `timestamptz`; columns ending in `_sealed` hold
 * AES-256-GCM ciphertext, those ending in `_index` a keyed hash to look up by.
 * No other column may hold a name, a phone number or résumé text of a viewer.
 */
const statements = [
  `create table accounts (
    id uuid primary key,
    kind text not null check (kind in ('viewer', 'staff')),
    login text unique,
    password_hash text,
    name_sealed bytea not null,
    phone_sealed bytea,
    phone_index bytea unique,
    created_at timestamptz not null default now(),
    disabled_at timestamptz
  )`,
  `create table devices (
    id text primary key,
    account_id uuid references accounts,
    created_at timestamptz not null default now(),
    linked_at timestamptz
  )`,
  `create index devices_account on devices (account_id)`,
  `create table sign_ins (
    id uuid primary key,
    account_id uuid not null references accounts,
    refresh_hash bytea not null,
    previous_hash bytea,
    created_at timestamptz not null default now(),
    renewed_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz
  )`,
  `create index sign_ins_account on sign_ins (account_id)`,
  `create table fairs (
    id uuid primary key,
    name text not null,
    name_en text not null,
    organizer_name text not null,
    time_zone text not null,
    starts_on date not null,
    ends_on date not null,
    created_at timestamptz not null default now(),
    check (ends_on >= starts_on)
  )`,
  `create table companies (
    id uuid primary key,
    fair_id uuid not null references fairs,
    name text not null,
    name_en text not null,
    industry text not null,
    province text not null,
    city text not null,
    introduction text not null,
    licence_number text not null,
    licence_expires_on date,
    created_at timestamptz not null default now(),
    unique (fair_id, name)
  )`,
  `create table campuses (
    id uuid primary key,
    fair_id uuid not null references fairs,
    name text not null,
    kind text not null,
    province text not null,
    code text not null,
    created_at timestamptz not null default now(),
    unique (fair_id, code)
  )`,
  `create table positions (
    id uuid primary key,
    fair_id uuid not null references fairs,
    company_id uuid not null references companies,
    kind text not null,
    title text not null,
    headcount integer not null,
    duties text not null,
    conditions text not null,
    place text not null,
    pay_min integer,
    pay_max integer,
    pay_period text not null,
    benefits jsonb not null,
    groups jsonb not null,
    expires_on date,
    training jsonb,
    status text not null default 'draft',
    created_at timestamptz not null default now()
  )`,
  `create index positions_fair on positions (fair_id, id)`,
  `create index positions_company on positions (company_id, id)`,
  `create table sessions (
    id uuid primary key,
    fair_id uuid not null references fairs,
    title text not null,
    starts_at timestamptz not null,
    status text not null default 'scheduled',
    live_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz not null default now()
  )`,
  `create index sessions_fair on sessions (fair_id, starts_at)`,
  `create index sessions_status on sessions (status, starts_at)`,
  `create table session_companies (
    session_id uuid not null references sessions,
    company_id uuid not null references companies,
    place integer not null,
    primary key (session_id, company_id)
  )`,
  `create index session_companies_company on session_companies (company_id)`,
  `create table grants (
    id uuid primary key,
    account_id uuid not null references accounts,
    role text not null check (role in ('recruiter', 'moderator', 'organizer')),
    fair_id uuid references fairs,
    company_id uuid references companies,
    session_id uuid references sessions,
    created_at timestamptz not null default now()
  )`,
  `create index grants_account on grants (account_id)`,
  `create table invitations (
    id uuid primary key,
    role text not null,
    fair_id uuid references fairs,
    company_id uuid references companies,
    session_id uuid references sessions,
    created_by uuid references accounts,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid references accounts
  )`,
  `create table applicant_keys (
    account_id uuid primary key references accounts,
    wrapped_key bytea not null,
    master_key_id text not null,
    created_at timestamptz not null default now()
  )`,
  `create table consultations (
    id uuid primary key,
    session_id uuid not null references sessions,
    company_id uuid not null references companies,
    account_id uuid not null references accounts,
    position_id uuid references positions,
    status text not null default 'waiting',
    asked_at timestamptz not null,
    answered_at timestamptz,
    closed_at timestamptz,
    unique (session_id, company_id, account_id)
  )`,
  `create index consultations_account on consultations (account_id)`,
  `create index consultations_queue on consultations (session_id, company_id, asked_at) where status = 'waiting'`,
  `create table consultation_messages (
    id uuid primary key,
    consultation_id uuid not null references consultations,
    sender text not null check (sender in ('viewer', 'recruiter')),
    author_id uuid not null references accounts,
    once_id text not null,
    text_sealed bytea not null,
    at timestamptz not null,
    unique (author_id, once_id)
  )`,
  `create index consultation_messages_order on consultation_messages (consultation_id, at, id)`,
  `create table resume_files (
    id uuid primary key,
    account_id uuid not null references accounts,
    storage_key text not null unique,
    name_sealed bytea not null,
    media_type text not null,
    bytes integer not null,
    created_at timestamptz not null default now(),
    deleted_at timestamptz
  )`,
  `create table applications (
    id uuid primary key,
    fair_id uuid not null references fairs,
    company_id uuid not null references companies,
    position_id uuid not null references positions,
    account_id uuid not null references accounts,
    session_id uuid references sessions,
    campus_code text,
    once_id text not null,
    applicant_group text not null,
    form_sealed bytea not null,
    file_id uuid references resume_files,
    status text not null default 'submitted',
    submitted_at timestamptz not null,
    updated_at timestamptz not null,
    withdrawn_at timestamptz,
    unique (position_id, account_id)
  )`,
  `create index applications_company on applications (company_id, id)`,
  `create index applications_fair on applications (fair_id, id)`,
  `create index applications_session on applications (session_id, id)`,
  `create index applications_account on applications (account_id, id)`,
  `create table consents (
    id uuid primary key,
    application_id uuid not null references applications,
    once_id text not null,
    purpose text not null,
    company_id uuid not null references companies,
    position_id uuid not null references positions,
    fields jsonb not null,
    until date not null,
    given_at timestamptz not null,
    withdrawn_at timestamptz,
    unique (application_id, once_id)
  )`,
  `create table resume_openings (
    id uuid primary key,
    application_id uuid not null references applications,
    staff_id uuid not null references accounts,
    kind text not null check (kind in ('opened', 'downloaded')),
    at timestamptz not null
  )`,
  `create index resume_openings_application on resume_openings (application_id, at)`,
  `create table outcomes (
    id uuid primary key,
    application_id uuid not null references applications,
    kind text not null,
    once_id text not null,
    recorded_by uuid not null references accounts,
    at timestamptz not null,
    confirmed_at timestamptz,
    unique (application_id, kind)
  )`,
  `create table outbox (
    id bigint generated always as identity primary key,
    subject_id uuid not null,
    event_id text not null unique,
    at timestamptz not null,
    fact jsonb not null,
    relayed_at timestamptz
  )`,
  `create index outbox_waiting on outbox (id) where relayed_at is null`,
  `create index outbox_subject on outbox (subject_id)`,
  `create table ledger (
    subject_id uuid not null,
    seq bigint not null,
    event_id text not null,
    type text not null,
    at timestamptz not null,
    fact jsonb not null,
    prev_hash bytea not null,
    hash bytea not null,
    primary key (subject_id, seq),
    unique (subject_id, event_id)
  )`,
  `create table ledger_heads (
    subject_id uuid primary key,
    seq bigint not null,
    hash bytea not null,
    stream_id text not null
  )`,
];

export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database);
}
