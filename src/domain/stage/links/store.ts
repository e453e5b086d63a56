import type { IceCandidate } from '../../../../media/types.ts';

export type LinkPurpose = 'publish' | 'watch';

/** What the media plane needs to go on with a link: its transport, and ICE as both sides began it. */
export interface LinkMedia {
  transportId: string;
  client: { ufrag: string; pwd: string };
  frame: { mids: string[]; kind: 'audio' | 'video'; protocol: string; candidates: IceCandidate[] };
}

/**
 * What an encoder (WHIP) or a player (WHEP) has open: the "session" of those
 * protocols, which is another thing than a Session here.
 */
export interface MediaLink {
  /** Unguessable; the last part of its address. */
  id: string;
  purpose: LinkPurpose;
  sessionId: string;
  /** As the media plane knows it; others on stage see this one. */
  participantId: string;
  /** Whose token opened it, `k:<stage key>` or the key under which a viewer is counted: nobody else's may touch it. */
  bearer: string;
  /** The stage key among those, if it was one. */
  keyId: string | null;
  /** What a player plays. */
  consumerIds: string[];
  /** The present ICE session, sent as the entity tag. */
  iceSession: string;
  media: LinkMedia;
}

/** Links of all nodes, so that any of them can go on with one. They expire unless somebody keeps them. */
export interface LinkStore {
  save(link: MediaLink): Promise<void>;
  find(linkId: string): Promise<MediaLink | null>;
  /** By the id under which the plane knows it. */
  ofParticipant(participantId: string): Promise<MediaLink | null>;
  /** Replaces what is stored of a link that is still open. */
  update(link: MediaLink): Promise<void>;
  /** @returns false when it was gone already */
  remove(link: Pick<MediaLink, 'id' | 'bearer' | 'participantId'>): Promise<boolean>;
  /** Prolongs their lives. @returns those that are gone */
  keep(links: readonly Pick<MediaLink, 'id' | 'bearer' | 'participantId'>[]): Promise<string[]>;
  /** Those that were opened with a token of this bearer. */
  ofBearer(bearer: string): Promise<MediaLink[]>;
  /** Another device of its owner has replaced this key's encoder. */
  markReplaced(keyId: string): Promise<void>;
  wasReplaced(keyId: string): Promise<boolean>;
  clearReplaced(keyId: string): Promise<void>;
}
