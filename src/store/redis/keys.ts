/**
 * Every key there is. What belongs to one subject (a session, or a fair for
 * what happens outside sessions) carries the hash tag `{s:<subject>}`, so that a
 * script touches one slot of a cluster. The prefix separates installations.
 */
export function createKeys(prefix = 'gb') {
  const of = (subject: string, part: string) => `${prefix}:{s:${subject}}:${part}`;
  return {
    /** Zset: subjects with something to sweep or drain → when last used, ms. */
    subjects: `${prefix}:subjects`,
    /** Zset: incarnations of nodes → last heartbeat, ms. */
    nodes: `${prefix}:{nodes}:alive`,
    /** Zset: incarnations declared dead, their connections not yet dropped → last heartbeat, ms. */
    deadNodes: `${prefix}:{nodes}:dead`,
    /** Set: processes that carry media or are asked for it, until what they left behind is settled. */
    mediaMembers: `${prefix}:{media}:members`,
    /** String with a time to live: JSON of what a process says of itself and its workers. */
    mediaMember: (process: string) => `${prefix}:{media}:member:${process}`,
    /** Set: stages whose lead sends from a host. */
    mediaPublishing: (host: string) => `${prefix}:{media}:publishing:${host}`,
    /** Set: JSON `[stage, participant]` of those on a host without a connection behind them. */
    mediaDetached: (host: string) => `${prefix}:{media}:detached:${host}`,
    /** Channel: requests, replies and events for one process. */
    mediaChannel: (process: string) => `${prefix}:media:${process}`,
    /** One-to-one calls: a person is in one at a time, so all of them are in one slot. */
    calls: {
      /** Hash: call → JSON of it; ended ones are kept for a while. */
      calls: `${prefix}:{calls}:calls`,
      /** Hash: account → the open call it is in or rung by. */
      people: `${prefix}:{calls}:people`,
      /** Hash: consultation → its open call. */
      consultations: `${prefix}:{calls}:consultations`,
      /** Zset: call → when something is to be looked after next, ms. */
      due: `${prefix}:{calls}:due`,
      /** Zset: `<call>/<connection>` → when its node last spoke for it, ms. */
      leases: `${prefix}:{calls}:leases`,
    },
    /** Stream and channels of the socket.io adapter (personal messages). */
    personal: `${prefix}:personal`,
    /** Prefix of BullMQ's keys. */
    jobs: `{${prefix}:jobs}`,

    /** Hash: the funnel's counters, `facts` (how many were appended) and `closed` (1 after the session ended). */
    counters: (subject: string) => of(subject, 'counters'),
    /** Stream: counted and relayed facts in order; `id`, `at`, `fact`. */
    facts: (subject: string) => of(subject, 'facts'),
    /** Set: ids of facts that may be retried, so that each counts once. */
    factIds: (subject: string) => of(subject, 'fact-ids'),
    /** Hash: `<minute>:<what>` → count in that minute; `viewers` is a maximum, `last` the value the minute ended with. */
    minutes: (subject: string) => of(subject, 'minutes'),

    /** Set: persons counted as unique viewers (rule V2). */
    people: (subject: string) => of(subject, 'people'),
    /** Hash: device key → the account key it turned out to be. */
    aliases: (subject: string) => of(subject, 'aliases'),
    /** Hash: person → its open visit. */
    open: (subject: string) => of(subject, 'open'),
    /** Hash: visit → JSON of an open visit. */
    visits: (subject: string) => of(subject, 'visits'),
    /** Hash: connection → visit. */
    connections: (subject: string) => of(subject, 'connections'),
    /** Zset: visits without a connection → since when, ms. */
    gone: (subject: string) => of(subject, 'gone'),
    /** Hash: person → positions opened, comma-separated (rule P1). */
    opened: (subject: string) => of(subject, 'opened'),
    /** Hash: person → campus that last brought it. */
    campuses: (subject: string) => of(subject, 'campuses'),

    /** Stream `<seq>-0`: what everybody in the room sees; `at`, `body`. */
    feed: (subject: string) => of(subject, 'feed'),
    /** Hash: `seq` of the feed, and the newest `pin`, `stage` and `session` states. */
    feedState: (subject: string) => of(subject, 'feed-state'),
    /** String with a time to live: the media host that is the stage's origin. */
    stageOrigin: (subject: string) => of(subject, 'stage-origin'),
    /** Hash: participant without a connection behind it → the host that carries it. */
    stageDetached: (subject: string) => of(subject, 'stage-detached'),
    /** Hash: speaker key → JSON of the viewer behind it and the name it bears. */
    speakers: (subject: string) => of(subject, 'speakers'),
    /** String: JSON of who is on stage as a guest and who is invited; absent when nobody is. */
    guests: (subject: string) => of(subject, 'guests'),
    /** Zset: speaker and message id → sequence, of the newest messages; a resent one is found here. */
    said: (subject: string) => of(subject, 'said'),
  };
}
export type Keys = ReturnType<typeof createKeys>;
