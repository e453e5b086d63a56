import type { Redis } from 'ioredis';
import { createEgress } from '../../media/egress/index.ts';
import type { MediaPlane } from '../../media/index.ts';
import { createIngest } from '../../media/ingest/index.ts';
import type { Clock, NewId } from '../domain/ports.ts';
import { createStageKeys } from '../domain/stage/links/keys.ts';
import { createMediaLinks } from '../domain/stage/links/service.ts';
import { createLinkStore } from '../store/redis/media-links.ts';
import { createStageKeyStore } from '../store/sql/stage-keys.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Services } from './services.ts';
import type { Stores } from './stores.ts';

export interface MediaLinkOptions {
  stores: Pick<Stores, 'database' | 'accessKeys'> & { redis: Redis };
  services: Pick<Services, 'sessions'> & {
    accounts: Pick<Services['accounts'], 'namesOf' | 'authenticate'>;
    audience: Pick<Services['audience'], 'join' | 'leave'>;
  };
  plane: MediaPlane;
  publicUrl: () => string;
  clock: Clock;
  newId: NewId;
  log: Logger;
}

/** Encoders and players by WHIP and WHEP, and the keys they come with. */
export function assembleMediaLinks({ stores, services, plane, publicUrl, clock, newId, log }: MediaLinkOptions) {
  const { accounts, sessions, audience } = services;
  const keys = createStageKeys({
    store: createStageKeyStore(stores.database),
    sessions,
    namesOf: accounts.namesOf,
    onWithdrawn: (keyId) => links.closeOfKey(keyId),
    publicUrl,
    clock,
    newId,
    log,
  });
  const links = createMediaLinks({
    ingest: createIngest(plane),
    egress: createEgress(plane),
    plane,
    store: createLinkStore(stores.redis, stores.accessKeys),
    keys,
    authenticate: accounts.authenticate,
    sessions,
    audience,
    newId,
    log,
  });
  return { keys, links };
}
