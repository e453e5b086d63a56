import type { HostHealth } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { Keys } from '../../keys.ts';
import type { ScriptedRedis } from '../../scripts.ts';
import { type HostMember, type Member, memberSchema } from './member.ts';

export interface MembersOptions {
  redis: ScriptedRedis;
  keys: Keys;
  /** This process, as it is now. */
  self: () => Member;
  /** Since when this process has heard its own channel without a break, ms by the monotonic clock; null while it does not. */
  hearingSince: () => number | null;
  onGone(id: string): void;
  /** Tells people what has ended with a process that is gone; tried until it is done. */
  settle(id: string): Promise<void>;
  log: Log;
  /** The codecs of this installation, as one word. */
  dialect: string;
  /** Life of what is not renewed, ms. */
  lifeMs: number;
  /** After a break of this process's or Redis's own, others are given this long to come back before silence counts, ms. */
  settleMs: number;
}

/** How often channels are counted, ms. */
const pollMs = 150;
/** A process that was not there so often in a row is gone. */
const missesAllowed = 2;
const silencesAllowed = 2;

interface Known {
  member: Member | null;
  /** Readings in a row without an entry. */
  misses: number;
  /** Countings in a row without anybody on its channel. */
  silences: number;
  gone: boolean;
  settled: boolean;
}

/**
 * The processes of the installation. A process that dies is noticed by its
 * channel, which Redis closes with its connection; a machine that dies, by its
 * entry, which runs out.
 */
export class Members {
  readonly #options: MembersOptions;
  readonly #known = new Map<string, Known>();
  readonly #foreign = new Set<string>();
  #beating: NodeJS.Timeout | undefined;
  #listening: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  /** @throws Error when Redis does not answer */
  async open(): Promise<void> {
    await this.#beat();
    await this.#refresh();
    this.#beatLater();
    this.#listenLater();
  }

  /** Whether a process is gone for good, as far as is known; one that is not known is looked up. */
  async isGone(id: string): Promise<boolean> {
    if (id === this.#options.self().id) return false;
    if (!this.#known.has(id)) await this.#refresh();
    const known = this.#known.get(id);
    return !known || known.gone || known.member === null;
  }

  /** The others that live. */
  others(): Member[] {
    return [...this.#known.values()].flatMap(({ member, gone }) => (member && !gone ? [member] : []));
  }

  /** Living hosts that speak this installation's codecs, this process's first. */
  hosts(): HostMember[] {
    const members = [this.#options.self(), ...this.others()];
    return members.filter((member): member is HostMember => member.host !== null && !this.#foreign.has(member.id));
  }

  hostHealth(): HostHealth[] {
    const own = this.#options.self().id;
    const hosts = this.hosts().filter(({ id }) => id !== own);
    return hosts.map(({ id, host }) => ({ id, address: host.address, workers: host.workers }));
  }

  /** Tells the others at once what has changed here. */
  renew(): Promise<void> {
    return this.#beat();
  }

  async leave(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#beating);
    clearTimeout(this.#listening);
    const { redis, keys } = this.#options;
    const { id } = this.#options.self();
    await Promise.all([redis.srem(keys.mediaMembers, id), redis.del(keys.mediaMember(id))]);
  }

  lives(id: string): boolean {
    const known = this.#known.get(id);
    return id === this.#options.self().id || (known !== undefined && known.member !== null && !known.gone);
  }

  async #beat(): Promise<void> {
    const { redis, keys, lifeMs } = this.#options;
    const self = this.#options.self();
    await Promise.all([redis.sadd(keys.mediaMembers, self.id), redis.set(keys.mediaMember(self.id), JSON.stringify(self), 'PX', lifeMs)]);
  }

  async #refresh(): Promise<void> {
    const { redis, keys } = this.#options;
    const own = this.#options.self().id;
    const ids = (await redis.smembers(keys.mediaMembers)).filter((id) => id !== own);
    const texts = ids.length > 0 ? await redis.mget(ids.map((id) => keys.mediaMember(id))) : [];
    for (const [index, id] of ids.entries()) this.#read(id, this.#parse(texts[index] ?? null));
    for (const [id, known] of this.#known) if (known.gone) await this.#settle(id, known);
    const listed = new Set(ids);
    for (const [id, known] of this.#known) {
      if (listed.has(id)) continue;
      if (known.gone) this.#known.delete(id);
      else this.#read(id, null);
    }
  }

  #parse(text: string | null): Member | null {
    if (text === null) return null;
    try {
      return memberSchema.parse(JSON.parse(text));
    } catch (error) {
      this.#options.log.warn({ err: error }, 'a media process describes itself in a way that is not understood');
      return null;
    }
  }

  #read(id: string, member: Member | null): void {
    const known = this.#known.get(id) ?? { member: null, misses: 0, silences: 0, gone: false, settled: false };
    this.#known.set(id, known);
    if (!member) {
      if (this.#settled() && ++known.misses === missesAllowed) this.#bury(id, known);
      return;
    }
    known.misses = 0;
    known.member = member;
    // What it said before it fell silent does not bring it back.
    if (known.silences === 0) {
      known.gone = false;
      known.settled = false;
    }
    this.#compare(member);
  }

  #compare({ id, host }: Member): void {
    const own = this.#options.dialect;
    if (!host || host.dialect === own || this.#foreign.has(id)) return;
    this.#foreign.add(id);
    this.#options.log.error(
      { host: id, address: host.address },
      'a media host speaks other codecs than this process and is not used: run the same version and configuration everywhere',
    );
  }

  #bury(id: string, known: Known): void {
    if (known.gone) return;
    known.gone = true;
    this.#foreign.delete(id);
    this.#options.onGone(id);
    this.#settle(id, known).catch(this.#complain);
  }

  /** Nodes see to it, since it is people who are told; the entry stays listed until one has. */
  async #settle(id: string, known: Known): Promise<void> {
    const { redis, keys, self, settle } = this.#options;
    if (!self().signals) return;
    if (!known.settled) await settle(id);
    known.settled = true;
    if (known.gone && known.misses >= missesAllowed) await redis.srem(keys.mediaMembers, id);
  }

  #beatLater(): void {
    if (this.#closed) return;
    const round = async () => {
      await this.#beat();
      await this.#refresh();
    };
    this.#beating = setTimeout(
      () =>
        void round()
          .catch(this.#complain)
          .finally(() => this.#beatLater()),
      this.#options.lifeMs / 3,
    );
  }

  #listenLater(): void {
    if (this.#closed) return;
    this.#listening = setTimeout(
      () =>
        void this.#listen()
          .catch(this.#complain)
          .finally(() => this.#listenLater()),
      pollMs,
    );
  }

  readonly #complain = (error: unknown): void => {
    if (!this.#closed) this.#options.log.warn({ reason: String(error) }, 'the media processes could not be looked after');
  };

  /** Whether everybody has had time to come back since the last break of this process's connection. */
  #settled(): boolean {
    const since = this.#options.hearingSince();
    return since !== null && performance.now() - since >= this.#options.settleMs;
  }

  /** Counts who hears every channel. This process's own must be counted too, else the answer says nothing of the others. */
  async #listen(): Promise<void> {
    const { redis, keys } = this.#options;
    const watched = [...this.#known].filter(([, { member }]) => member !== null);
    if (watched.length === 0) return;
    const channels = [this.#options.self().id, ...watched.map(([id]) => id)].map((id) => keys.mediaChannel(id));
    const [own, ...counts] = (await redis.pubsub('NUMSUB', ...channels)).filter((_, index) => index % 2 === 1).map(Number);
    const settled = this.#settled() && own === 1;
    for (const [index, [id, known]] of watched.entries()) {
      if ((counts[index] ?? 0) > 0) known.silences = 0;
      else if (settled && ++known.silences === silencesAllowed) this.#bury(id, known);
    }
  }
}
