/** Every key of people and access. None belongs to a session, so none carries a session's hash tag. */
export function createAccessKeys(prefix = 'gb') {
  return {
    /** String `1`, for the life of an access token: this sign-in was ended. */
    endedSignIn: (signInId: string) => `${prefix}:ended:${signInId}`,
    /** String: keyed hash of the one-time code sent to a phone (by its keyed hash). Same slot as its tries. */
    code: (phoneIndex: string) => `${prefix}:{code:${phoneIndex}}`,
    /** Counter: how often that code was tried. */
    codeTries: (phoneIndex: string) => `${prefix}:{code:${phoneIndex}}:tries`,
    /** String with a time to live: JSON of what an encoder or a player has open (WHIP, WHEP). */
    mediaLink: (linkId: string) => `${prefix}:media-link:${linkId}`,
    /** String with a time to live: the id of such a link, by the media plane's participant. */
    linkOf: (participantId: string) => `${prefix}:media-link-of:${participantId}`,
    /** Set with a time to live: ids of what one bearer, a stage key or a viewer, has open. */
    bearerLinks: (bearer: string) => `${prefix}:media-links:${bearer}`,
    /** String with a time to live: the encoder of this key was replaced by another device of its owner. */
    keyReplaced: (keyId: string) => `${prefix}:key-replaced:${keyId}`,
    /** Counter with the life of its window. */
    attempts: (what: string) => `${prefix}:attempts:${what}`,
    /** Prefix of the HTTP server's request counters. */
    requests: `${prefix}:requests:`,
  };
}
export type AccessKeys = ReturnType<typeof createAccessKeys>;
