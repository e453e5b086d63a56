/** Every key of people and access. None belongs to a session, so none carries a session's hash tag. */
export function createAccessKeys(prefix = 'gb') {
  return {
    /** String `1`, for the life of an access token: this sign-in was ended. */
    endedSignIn: (signInId: string) => `${prefix}:ended:${signInId}`,
    /** String: keyed hash of the one-time code sent to a phone (by its keyed hash). Same slot as its tries. */
    code: (phoneIndex: string) => `${prefix}:{code:${phoneIndex}}`,
    /** Counter: how often that code was tried. */
    codeTries: (phoneIndex: string) => `${prefix}:{code:${phoneIndex}}:tries`,
    /** Counter with the life of its window. */
    attempts: (what: string) => `${prefix}:attempts:${what}`,
    /** Prefix of the HTTP server's request counters. */
    requests: `${prefix}:requests:`,
  };
}
export type AccessKeys = ReturnType<typeof createAccessKeys>;
