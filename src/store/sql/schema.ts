import type { ColumnType, Generated } from 'kysely';
import type { Fact, Position } from '../../contract/index.ts';

/** The tables as migrations/ leaves them, for Kysely. `date` columns are `YYYY-MM-DD` text (see database.ts). */
type Time = ColumnType<Date, Date | string, Date | string>;
type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type Created = ColumnType<Date, Date | string | undefined, never>;
type Json<T> = ColumnType<T, string, string>;

export interface Schema {
  accounts: {
    id: string;
    kind: 'viewer' | 'staff';
    login: string | null;
    password_hash: string | null;
    name_sealed: Buffer;
    phone_sealed: Buffer | null;
    phone_index: Buffer | null;
    created_at: Created;
    disabled_at: NullableTime;
  };
  devices: { id: string; account_id: string | null; created_at: Created; linked_at: NullableTime };
  sign_ins: {
    id: string;
    account_id: string;
    refresh_hash: Buffer;
    previous_hash: Buffer | null;
    created_at: Created;
    renewed_at: ColumnType<Date, Date | string | undefined, Date | string>;
    expires_at: Time;
    ended_at: NullableTime;
  };
  fairs: {
    id: string;
    name: string;
    name_en: string;
    organizer_name: string;
    time_zone: string;
    starts_on: string;
    ends_on: string;
    created_at: Created;
  };
  companies: {
    id: string;
    fair_id: string;
    name: string;
    name_en: string;
    industry: string;
    province: string;
    city: string;
    introduction: string;
    licence_number: string;
    licence_expires_on: string | null;
    created_at: Created;
  };
  campuses: { id: string; fair_id: string; name: string; kind: string; province: string; code: string; created_at: Created };
  positions: {
    id: string;
    fair_id: string;
    company_id: string;
    kind: string;
    title: string;
    headcount: number;
    duties: string;
    conditions: string;
    place: string;
    pay_min: number | null;
    pay_max: number | null;
    pay_period: string;
    benefits: Json<string[]>;
    groups: Json<string[]>;
    expires_on: string | null;
    training: ColumnType<Position['training'], string | null, string | null>;
    status: Generated<'draft' | 'published' | 'closed'>;
    created_at: Created;
  };
  sessions: {
    id: string;
    fair_id: string;
    title: string;
    starts_at: Time;
    status: Generated<'scheduled' | 'live' | 'ended' | 'sealed'>;
    live_at: NullableTime;
    ended_at: NullableTime;
    created_at: Created;
  };
  session_companies: { session_id: string; company_id: string; place: number };
  grants: {
    id: string;
    account_id: string;
    role: 'recruiter' | 'moderator' | 'organizer';
    fair_id: string | null;
    company_id: string | null;
    session_id: string | null;
    created_at: Created;
  };
  invitations: {
    id: string;
    role: 'recruiter' | 'moderator' | 'organizer';
    fair_id: string | null;
    company_id: string | null;
    session_id: string | null;
    created_by: string | null;
    created_at: Created;
    expires_at: Time;
    accepted_at: NullableTime;
    accepted_by: string | null;
  };
  stage_keys: {
    id: string;
    session_id: string;
    purpose: 'publish' | 'watch';
    token_hash: Buffer;
    created_by: string;
    created_at: Time;
    expires_at: Time;
    last_used_at: NullableTime;
    withdrawn_at: NullableTime;
  };
  applicant_keys: { account_id: string; wrapped_key: Buffer; master_key_id: string; created_at: Created };
  consultations: {
    id: string;
    session_id: string;
    company_id: string;
    account_id: string;
    position_id: string | null;
    status: Generated<'waiting' | 'active' | 'closed'>;
    asked_at: Time;
    answered_at: NullableTime;
    closed_at: NullableTime;
  };
  consultation_messages: {
    id: string;
    consultation_id: string;
    sender: 'viewer' | 'recruiter';
    author_id: string;
    once_id: string;
    text_sealed: Buffer;
    at: Time;
  };
  resume_files: {
    id: string;
    account_id: string;
    storage_key: string;
    name_sealed: Buffer;
    media_type: string;
    bytes: number;
    created_at: Created;
    deleted_at: NullableTime;
  };
  applications: {
    id: string;
    fair_id: string;
    company_id: string;
    position_id: string;
    account_id: string;
    session_id: string | null;
    campus_code: string | null;
    once_id: string;
    applicant_group: string;
    form_sealed: Buffer;
    file_id: string | null;
    status: Generated<'submitted' | 'viewed' | 'withdrawn'>;
    submitted_at: Time;
    updated_at: Time;
    withdrawn_at: NullableTime;
  };
  consents: {
    id: string;
    application_id: string;
    once_id: string;
    purpose: string;
    company_id: string;
    position_id: string;
    fields: Json<string[]>;
    until: string;
    given_at: Time;
    withdrawn_at: NullableTime;
  };
  resume_openings: { id: string; application_id: string; staff_id: string; kind: 'opened' | 'downloaded'; at: Time };
  outcomes: {
    id: string;
    application_id: string;
    kind: 'interviewed' | 'offered' | 'hired' | 'onboard' | 'left';
    once_id: string;
    recorded_by: string;
    at: Time;
    confirmed_at: NullableTime;
  };
  outbox: {
    id: Generated<string>;
    subject_id: string;
    event_id: string;
    at: Time;
    fact: Json<Fact>;
    relayed_at: NullableTime;
  };
  ledger: {
    subject_id: string;
    seq: ColumnType<string, string | number | bigint, never>;
    event_id: string;
    type: string;
    at: Time;
    fact: Json<Fact>;
    prev_hash: Buffer;
    hash: Buffer;
  };
  ledger_heads: {
    subject_id: string;
    seq: ColumnType<string, string | number | bigint, string | number | bigint>;
    hash: Buffer;
    stream_id: string;
  };
}
