import { randomBytes } from 'node:crypto';
import type { MediaPlane } from '../../../../media/types.ts';
import { CodedError, type Session } from '../../../contract/index.ts';
import { type Actor, type Authenticate, isStaff, roleFor, scopeOfSession, viewerKeyOf } from '../../actor.ts';
import type { Log, NewId } from '../../ports.ts';
import type { StageKeys } from './keys.ts';
import { createOpenLinks } from './open-links.ts';
import { answered } from './refusals.ts';
import type { EgressDoor, IngestDoor, SdpDoor } from './sdp-door.ts';
import type { LinkPurpose, LinkStore, MediaLink } from './store.ts';

export interface LinkDependencies {
  ingest: IngestDoor;
  egress: EgressDoor;
  plane: Pick<MediaPlane, 'on' | 'stageHealth'>;
  store: LinkStore;
  keys: Pick<StageKeys, 'isKey' | 'verify' | 'validAmong'>;
  authenticate: Authenticate;
  sessions: { find(sessionId: string): Promise<Session | null> };
  audience: {
    join(watching: {
      sessionId: string;
      connectionId: string;
      deviceId: string | null;
      accountId: string | null;
      campus: string | null;
    }): Promise<string | null>;
    leave(sessionId: string, connectionId: string): Promise<void>;
  };
  newId: NewId;
  log: Log;
}

/** Who has sent a token: a stage key's holder, or somebody with an access token. */
type Bearer = { id: string; keyId: string; actor: null } | { id: string; keyId: null; actor: Actor };

const AGAIN_MS = 3_000;
/** Players that one may have open at once: a key serves the screens of a hall, a viewer is one person. */
const MOST_PLAYERS = { key: 100, viewer: 4 };
const bearerKey = (keyId: string) => `k:${keyId}`;
const isOver = (session: Session) => session.status === 'ended' || session.status === 'sealed';

/**
 * Encoders and players that come with an SDP offer and a bearer token (WHIP, WHEP).
 * An encoder sends for the recruiter who made its key, and takes over from that
 * recruiter's browser as the browser does from it. A player with a stage key is a
 * screen and nobody's visit; one with an access token is (rule V1).
 */
export function createMediaLinks(dependencies: LinkDependencies) {
  const { ingest, egress, plane, store, keys, authenticate, sessions, audience, newId, log } = dependencies;
  const doors: Record<LinkPurpose, SdpDoor> = { publish: ingest, watch: egress };
  const open = createOpenLinks({ plane, store, sessions, validKeys: keys.validAmong, end, log });

  async function bearerOf(token: string, sessionId: string, purpose: LinkPurpose): Promise<Bearer> {
    if (keys.isKey(token) || purpose === 'publish') {
      const { id } = await keys.verify(token, sessionId, purpose);
      return { id: bearerKey(id), keyId: id, actor: null };
    }
    const { actor } = await authenticate(token);
    return { id: viewerKeyOf(actor), keyId: null, actor };
  }

  /** A session that is not over, and which the bearer may see. */
  async function demandSession(sessionId: string, { actor }: Bearer): Promise<Session> {
    const session = await sessions.find(sessionId);
    if (!session) throw new CodedError('NOT_FOUND');
    if (actor && roleFor(actor, 'room.join', scopeOfSession(session)) === null) throw new CodedError('FORBIDDEN');
    if (isOver(session)) throw new CodedError('SESSION_ENDED');
    return session;
  }

  const draft = (purpose: LinkPurpose, sessionId: string, bearer: Bearer) => ({
    id: randomBytes(24).toString('base64url'),
    purpose,
    sessionId,
    participantId: newId(),
    bearer: bearer.id,
    keyId: bearer.keyId,
  });

  /**
   * An encoder connects again by itself when it is cut off. One that was replaced by
   * the recruiter's browser must not win the stage back that way.
   */
  async function demandTurn(sessionId: string, keyId: string): Promise<void> {
    if (!(await store.wasReplaced(keyId))) return;
    const { producers } = await answered(plane.stageHealth(sessionId));
    // What still sends with this key is its own earlier connection, which it may replace.
    const own = new Set((await linksOf(keyId)).map(({ participantId }) => participantId));
    if (producers.some(({ seat, publisherId }) => seat === 'lead' && !own.has(publisherId))) {
      throw new CodedError('ALREADY_PUBLISHING', { retryAfterMs: 5_000 });
    }
  }

  const linksOf = (keyId: string) => store.ofBearer(bearerKey(keyId));

  /** Closes a link whose media is, or is to be, closed; repeated it does nothing. */
  async function end(link: MediaLink): Promise<void> {
    const ended = await Promise.allSettled([
      doors[link.purpose].close(link.sessionId, link.participantId),
      store.remove(link),
      open.forget(link) ? audience.leave(link.sessionId, link.participantId) : undefined,
    ]);
    for (const part of ended)
      if (part.status === 'rejected') log.error({ err: part.reason, sessionId: link.sessionId }, 'a media link ended only in part');
  }

  async function demandLink(token: string, purpose: LinkPurpose, sessionId: string, linkId: string): Promise<MediaLink> {
    const bearer = await bearerOf(token, sessionId, purpose);
    const link = await store.find(linkId);
    if (link?.purpose !== purpose || link.sessionId !== sessionId || link.bearer !== bearer.id) throw new CodedError('MEDIA_NOT_FOUND');
    return link;
  }

  /** @returns whether it is one: staff and screens are not counted */
  async function visit({ id: sessionId }: Session, { actor }: Bearer, { participantId: connectionId }: MediaLink): Promise<boolean> {
    if (!actor || isStaff(actor)) return false;
    const { deviceId, accountId } = actor;
    try {
      return (await audience.join({ sessionId, connectionId, deviceId, accountId, campus: null })) !== null;
    } catch (error) {
      await egress.close(sessionId, connectionId);
      throw error;
    }
  }

  /** @throws CodedError MEDIA_UNAVAILABLE when the media was lost while it was being opened */
  async function keep(link: MediaLink, visits: boolean): Promise<void> {
    try {
      const lost = !open.add(link, visits);
      await store.save(link);
      if (lost) throw new CodedError('MEDIA_UNAVAILABLE', { retryAfterMs: AGAIN_MS });
    } catch (error) {
      await end(link);
      throw error;
    }
  }

  /** Asked once more when the comer is counted itself: of many that come at once, the last sees all others. @throws CodedError OVERLOADED */
  async function demandRoom(bearer: Bearer, comer?: MediaLink): Promise<void> {
    const most = bearer.keyId ? MOST_PLAYERS.key : MOST_PLAYERS.viewer;
    const others = (await store.ofBearer(bearer.id)).filter(({ id }) => id !== comer?.id);
    if (others.length < most) return;
    if (comer) await end(comer);
    throw new CodedError('OVERLOADED', { retryAfterMs: AGAIN_MS });
  }

  return {
    /** Who may ask for a session's ICE servers before offering. @throws CodedError as publish and watch do */
    async admit(purpose: LinkPurpose, sessionId: string, token: string): Promise<void> {
      await demandSession(sessionId, await bearerOf(token, sessionId, purpose));
    },

    /**
     * An encoder sends.
     * @throws CodedError STAGE_KEY_INVALID, SESSION_ENDED, BAD_INPUT or MEDIA_UNSUPPORTED for its SDP, ALREADY_PUBLISHING, MEDIA_UNAVAILABLE
     */
    async publish(sessionId: string, token: string, offer: string): Promise<{ link: MediaLink; answer: string }> {
      const { id, createdBy } = await keys.verify(token, sessionId, 'publish');
      const bearer: Bearer = { id: bearerKey(id), keyId: id, actor: null };
      await demandSession(sessionId, bearer);
      await demandTurn(sessionId, id);
      const begun = draft('publish', sessionId, bearer);
      const opening = open.begin(begun);
      try {
        // The owner as the recruiter's own connections name it.
        const owner = `a:${createdBy}`;
        const opened = await answered(ingest.open({ stageId: sessionId, participantId: begun.participantId, owner, offer }));
        const link = { ...begun, consumerIds: [], iceSession: opened.iceSession, media: opened.link };
        await keep(link, false);
        await store.clearReplaced(id);
        return { link, answer: opened.answer };
      } finally {
        opening.done();
      }
    },

    /**
     * A player watches what is on stage now.
     * @throws CodedError as publish, also UNAUTHENTICATED, FORBIDDEN, SESSION_NOT_LIVE while nobody sends, OVERLOADED
     */
    async watch(sessionId: string, token: string, offer: string): Promise<{ link: MediaLink; answer: string }> {
      const bearer = await bearerOf(token, sessionId, 'watch');
      const session = await demandSession(sessionId, bearer);
      await demandRoom(bearer);
      const begun = draft('watch', sessionId, bearer);
      const opening = open.begin(begun);
      try {
        const opened = await answered(egress.open({ stageId: sessionId, participantId: begun.participantId, offer })).catch((error) => {
          // Its stage, or whoever was on it, is not there.
          if (error instanceof CodedError && error.code === 'MEDIA_NOT_FOUND')
            throw new CodedError('SESSION_NOT_LIVE', { retryAfterMs: AGAIN_MS });
          throw error;
        });
        const { consumerIds, iceSession } = opened;
        const link = { ...begun, consumerIds, iceSession, media: opened.link };
        await keep(link, await visit(session, bearer, link));
        await demandRoom(bearer, link);
        return { link, answer: opened.answer };
      } finally {
        opening.done();
      }
    },

    /**
     * A fragment of SDP: candidates, or an ICE restart.
     * @param ifMatch the entity tag demanded, `*` for whichever
     * @returns the fragment to answer with, null when there is nothing to say
     * @throws CodedError MEDIA_NOT_FOUND, PRECONDITION_FAILED, BAD_INPUT
     */
    async patch(
      purpose: LinkPurpose,
      where: { sessionId: string; linkId: string; token: string },
      ifMatch: string,
      fragment: string,
    ): Promise<{ link: MediaLink; fragment: string | null }> {
      const { sessionId } = where;
      const link = await demandLink(where.token, purpose, sessionId, where.linkId);
      if (ifMatch !== '*' && ifMatch !== link.iceSession) throw new CodedError('PRECONDITION_FAILED');
      const { participantId, media } = link;
      const restarted = await answered(doors[purpose].apply({ stageId: sessionId, participantId, link: media, fragment })).catch(
        async (error) => {
          // The plane has closed it, and whoever was to say so is gone.
          if (error instanceof CodedError && error.code === 'MEDIA_NOT_FOUND') await end(link);
          throw error;
        },
      );
      if (!restarted) return { link, fragment: null };
      const renewed = { ...link, iceSession: restarted.iceSession, media: restarted.link };
      await store.update(renewed);
      return { link: renewed, fragment: restarted.fragment };
    },

    /** @throws CodedError MEDIA_NOT_FOUND */
    async close(purpose: LinkPurpose, { sessionId, linkId, token }: { sessionId: string; linkId: string; token: string }): Promise<void> {
      await end(await demandLink(token, purpose, sessionId, linkId));
    },

    /** Takes off whoever came with a key. */
    async closeOfKey(keyId: string): Promise<void> {
      await Promise.all((await linksOf(keyId)).map(end));
    },

    /**
     * This node stops. Its players end and connect to another, within the grace of
     * their visits; encoders, on whom a whole room depends, go on as long as their media host does.
     */
    async stop(): Promise<void> {
      await Promise.all(
        open
          .stop()
          .filter(({ purpose }) => purpose === 'watch')
          .map(end),
      );
    },
  };
}
export type MediaLinks = ReturnType<typeof createMediaLinks>;
