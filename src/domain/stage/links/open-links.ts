import type { MediaPlane } from '../../../../media/types.ts';
import type { Session } from '../../../contract/index.ts';
import type { Log } from '../../ports.ts';
import type { LinkStore, MediaLink } from './store.ts';

export interface OpenLinkOptions {
  plane: Pick<MediaPlane, 'on'>;
  store: LinkStore;
  sessions: { find(sessionId: string): Promise<Session | null> };
  /** Those of some stage keys that are valid. */
  validKeys(keyIds: readonly string[]): Promise<string[]>;
  /** Closes a link with all that hangs on it. */
  end: (link: MediaLink) => Promise<void>;
  log: Log;
  /** Between looks at whether they are still there, ms. */
  everyMs?: number;
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/**
 * The links that this node has opened. It hears from the plane when their media is
 * gone, keeps them from expiring, and notices when another node has closed one, or may not go on.
 */
export function createOpenLinks({ plane, store, sessions, validKeys, end, log, everyMs = 5_000 }: OpenLinkOptions) {
  const links = new Map<string, { link: MediaLink; visits: boolean }>();
  /** By participant: what was heard of those that are being opened. */
  const opening = new Map<string, { keyId: string | null; lost: boolean; closed: Set<string> }>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function lost(link: MediaLink, replaced: boolean): Promise<void> {
    const { keyId } = link;
    if (replaced && keyId) {
      const newer = [...opening, ...[...links].map(([id, entry]) => [id, entry.link] as const)].filter(([id]) => id > link.participantId);
      // The encoder's own new connection is nobody else. Ids are sortable by time (RFC 9562, version 7).
      if (!newer.some(([, other]) => other.keyId === keyId)) await store.markReplaced(keyId);
    }
    await end(link);
  }

  const note = (participantId: string, consumerId?: string) => {
    const heard = opening.get(participantId);
    if (!heard) return;
    if (consumerId === undefined) heard.lost = true;
    else heard.closed.add(consumerId);
  };

  /** News of a link whose node died comes to any other. Connections are not looked up: their ids are no UUIDs. */
  async function linkOf(participantId: string): Promise<MediaLink | null> {
    const here = links.get(participantId)?.link;
    if (here || opening.has(participantId) || !UUID.test(participantId)) return here ?? null;
    return store.ofParticipant(participantId);
  }

  function heard(participantId: string, act: (link: MediaLink) => Promise<void> | void): void {
    linkOf(participantId)
      .then((link) => link && act(link))
      .catch((error) => log.error({ err: error, participantId }, 'the end of a media link could not be dealt with'));
  }

  plane.on('publisherLost', ({ publisherId, reason }) => {
    note(publisherId);
    heard(publisherId, (link) => lost(link, reason === 'replaced'));
  });
  plane.on('subscriberLost', ({ subscriberId }) => {
    note(subscriberId);
    heard(subscriberId, (link) => lost(link, false));
  });
  plane.on('consumerClosed', ({ subscriberId, consumerId }) => {
    note(subscriberId, consumerId);
    // A player cannot be given another stream under its answer: it connects again and gets what is there then.
    heard(subscriberId, (link) => (link.consumerIds.includes(consumerId) ? end(link) : undefined));
  });

  async function look(): Promise<void> {
    const open = [...links.values()].map(({ link }) => link);
    const gone = new Set(await store.keep(open));
    // A key also ends by itself, and with its maker's account.
    const keyIds = new Set(open.flatMap(({ keyId }) => keyId ?? []));
    const valid = new Set(keyIds.size > 0 ? await validKeys([...keyIds]) : []);
    for (const link of open) {
      const status = (await sessions.find(link.sessionId))?.status;
      const isOver = status === undefined || status === 'ended' || status === 'sealed';
      if (gone.has(link.id) || isOver || (link.keyId !== null && !valid.has(link.keyId))) await end(link);
    }
  }

  function watch(): void {
    if (stopped || timer || links.size === 0) return;
    timer = setTimeout(() => {
      look()
        .catch((error) => log.warn({ err: error }, 'media links could not be looked after; trying again'))
        .finally(() => {
          timer = undefined;
          watch();
        });
    }, everyMs);
    timer.unref();
  }

  return {
    /** A participant is about to be opened: what happens to it before it is added is not missed. Call `done` in any case. */
    begin({ participantId, keyId }: Pick<MediaLink, 'participantId' | 'keyId'>): { done(): void } {
      opening.set(participantId, { keyId, lost: false, closed: new Set() });
      return { done: () => opening.delete(participantId) };
    },
    /**
     * @param visits whether somebody's visit hangs on it
     * @returns false when its media was lost already
     */
    add(link: MediaLink, visits: boolean): boolean {
      links.set(link.participantId, { link, visits });
      watch();
      const heard = opening.get(link.participantId);
      return !heard?.lost && !link.consumerIds.some((id) => heard?.closed.has(id));
    },
    /** @returns whether a visit hung on it here */
    forget(link: MediaLink): boolean {
      const entry = links.get(link.participantId);
      links.delete(link.participantId);
      return entry?.visits ?? false;
    },
    /** @returns those that are open */
    stop(): MediaLink[] {
      stopped = true;
      clearTimeout(timer);
      return [...links.values()].map(({ link }) => link);
    },
  };
}
