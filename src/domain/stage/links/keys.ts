import { createHash, randomBytes } from 'node:crypto';
import { CodedError, type NewStageKey, type Session, type StageKey, sdpRoutes } from '../../../contract/index.ts';
import { type Actor, authorize, demandAccount, scopeOfSession } from '../../actor.ts';
import type { Clock, Log, NamesOf, NewId } from '../../ports.ts';
import type { StageKeyPurpose, StageKeyStore, StoredStageKey } from './keys-store.ts';

export interface StageKeyDependencies {
  store: StageKeyStore;
  sessions: { get(sessionId: string): Promise<Session> };
  namesOf: NamesOf;
  /** A key is no longer valid: whoever uses it is to be taken off. */
  onWithdrawn: (keyId: string) => Promise<void>;
  /** The address people use, without a trailing slash. */
  publicUrl: () => string;
  clock: Clock;
  newId: NewId;
  log: Log;
}

const PREFIX = 'gbk_';
const TOKEN = /^gbk_[\w-]{43}$/;
const DAY_MS = 86_400_000;
const LIFE_MS = 30 * DAY_MS;
const MOST_KEYS = 10;
/** A key in use is marked so at most this often. */
const MARK_EVERY_MS = 60_000;

const pathOf: Record<StageKeyPurpose, string> = { publish: sdpRoutes.whip.path, watch: sdpRoutes.whep.path };
const hashOf = (token: string) => createHash('sha256').update(token).digest();
const isOver = (session: Session) => session.status === 'ended' || session.status === 'sealed';

/** A bearer token for what has no account: an encoder or a player. It is valid in one session until that ends, at most 30 days. */
export function createStageKeys({ store, sessions, namesOf, onWithdrawn, publicUrl, clock, newId, log }: StageKeyDependencies) {
  async function demandSession(actor: Actor, sessionId: string): Promise<Session> {
    const session = await sessions.get(sessionId);
    authorize(actor, 'stage.key', scopeOfSession(session));
    return session;
  }

  async function shown(keys: readonly StoredStageKey[]): Promise<StageKey[]> {
    const names = await namesOf([...new Set(keys.map(({ createdBy }) => createdBy))]);
    return keys.map(({ id, purpose, createdBy, createdAt, expiresAt, lastUsedAt }) => ({
      id,
      purpose,
      createdByName: names.get(createdBy) ?? '',
      createdAt,
      expiresAt,
      lastUsedAt,
    }));
  }

  return {
    /** @throws CodedError NOT_FOUND, FORBIDDEN, SESSION_ENDED, OVERLOADED beyond ten valid keys */
    async create(actor: Actor, sessionId: string, purpose: StageKeyPurpose): Promise<NewStageKey> {
      if (isOver(await demandSession(actor, sessionId))) throw new CodedError('SESSION_ENDED');
      const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
      const createdAt = clock();
      const key = { id: newId(), sessionId, purpose, createdBy: demandAccount(actor), createdAt, expiresAt: createdAt + LIFE_MS };
      if (!(await store.insert({ ...key, tokenHash: hashOf(token) }, MOST_KEYS))) {
        throw new CodedError('OVERLOADED', { issues: [{ path: 'sessionId', message: `at most ${MOST_KEYS} valid keys` }] });
      }
      log.info({ sessionId, keyId: key.id, purpose }, 'a stage key was made');
      const [made] = await shown([{ ...key, lastUsedAt: null }]);
      if (!made) throw new CodedError('INTERNAL');
      return { ...made, url: `${publicUrl()}${pathOf[purpose].replace(':sessionId', sessionId)}`, token };
    },

    /** @throws CodedError NOT_FOUND, FORBIDDEN */
    async list(actor: Actor, sessionId: string): Promise<StageKey[]> {
      const session = await demandSession(actor, sessionId);
      return isOver(session) ? [] : shown(await store.list(sessionId, clock()));
    },

    /** Makes a key invalid and takes off whoever uses it. @throws CodedError NOT_FOUND, FORBIDDEN */
    async withdraw(actor: Actor, sessionId: string, keyId: string): Promise<void> {
      await demandSession(actor, sessionId);
      if (!(await store.withdraw(sessionId, keyId, clock()))) throw new CodedError('NOT_FOUND');
      log.info({ sessionId, keyId }, 'a stage key was withdrawn');
      await onWithdrawn(keyId);
    },

    /** Whether a bearer token has the form of a key; nothing else is looked up. */
    isKey: (token: string): boolean => TOKEN.test(token),

    /** Those of some keys that are valid still. */
    validAmong: (keyIds: readonly string[]): Promise<string[]> => store.validAmong(keyIds, clock()),

    /** @throws CodedError STAGE_KEY_INVALID when the token is no valid key of this session for this purpose */
    async verify(token: string, sessionId: string, purpose: StageKeyPurpose): Promise<StoredStageKey> {
      const at = clock();
      const key = TOKEN.test(token) ? await store.findByToken(hashOf(token), at) : null;
      if (key?.sessionId !== sessionId || key.purpose !== purpose) throw new CodedError('STAGE_KEY_INVALID');
      if (key.lastUsedAt === null || at - key.lastUsedAt > MARK_EVERY_MS) {
        await store
          .used(key.id, at)
          .catch((error) => log.warn({ err: error, keyId: key.id }, 'the use of a stage key could not be marked'));
      }
      return key;
    },
  };
}
export type StageKeys = ReturnType<typeof createStageKeys>;
