import type { RouterRtpCodecCapability } from 'mediasoup/types';
import type { MediaWorker } from '../pool/worker-pool.ts';
import { MediaError } from '../types.ts';
import { type HeldRouter, SharedRouter } from './shared-router.ts';

/** By MIME type in lower case. */
export type PayloadTypes = Readonly<Record<string, number>>;

/** Each is a router and a copy of every producer that its receivers take. */
const mostDialects = 16;
/** What mediasoup gives to the RTX codec that it adds to each video codec, in its order (RFC 3551 section 6: dynamic). */
const dynamic = [...Array.from({ length: 28 }, (_, n) => 100 + n), 96, 97, 98, 99];

/**
 * The codecs with the payload types that a receiver has fixed; codecs without one
 * are left out. mediasoup adds RTX to each video codec, with the first payload type
 * that is free at that moment, so the order is one in which none is taken twice; in
 * the rare case that there is none, a video codec is left out.
 * @throws MediaError unsupported when there is nothing in common
 */
export function codecsFor(codecs: readonly RouterRtpCodecCapability[], payloadTypes: PayloadTypes): RouterRtpCodecCapability[] {
  const wanted = codecs.flatMap((codec) => {
    const preferredPayloadType = payloadTypes[codec.mimeType.toLowerCase()];
    return preferredPayloadType === undefined ? [] : [{ ...codec, preferredPayloadType }];
  });
  const fixed = wanted.map((codec) => codec.preferredPayloadType);
  const valid = fixed.every((type) => Number.isInteger(type) && type >= 0 && type <= 127) && new Set(fixed).size === fixed.length;
  if (wanted.length === 0 || !valid) throw new MediaError('unsupported', 'no codec with a payload type of its own');
  const audio = wanted.filter(({ kind }) => kind === 'audio');
  const video = wanted.filter(({ kind }) => kind === 'video');
  const order = subsets(video)
    .flatMap(permutations)
    .map((some) => [...audio, ...some])
    .find(fits);
  return structuredClone(order ?? audio);
}

function fits(order: readonly { kind: string; preferredPayloadType: number }[]): boolean {
  const taken = new Set<number>();
  return order.every(({ kind, preferredPayloadType }) => {
    if (taken.has(preferredPayloadType)) return false;
    taken.add(preferredPayloadType);
    const rtx = kind === 'video' ? dynamic.find((type) => !taken.has(type)) : undefined;
    if (rtx !== undefined) taken.add(rtx);
    return true;
  });
}

/** The largest first, those with earlier items before others. */
function subsets<T>(items: readonly T[]): T[][] {
  const [first, ...rest] = items;
  if (first === undefined) return [[]];
  const without = subsets(rest);
  return [...without.map((some) => [first, ...some]), ...without].sort((one, other) => other.length - one.length);
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, n) => permutations(items.filter((_, other) => other !== n)).map((rest) => [item, ...rest]));
}

/**
 * Routers with payload types of their own, beside the ordinary routers of a stage:
 * in mediasoup a consumer's payload types are its router's. Receivers with equal
 * ones on one worker share a router.
 */
export class Dialects {
  readonly #codecs: readonly RouterRtpCodecCapability[];
  readonly #routers = new Map<string, SharedRouter>();

  constructor(codecs: readonly RouterRtpCodecCapability[]) {
    this.#codecs = codecs;
  }

  /** Takes the hold on the ordinary router over: it is given back with the answer, or when this fails. */
  async hold(feeder: HeldRouter, worker: MediaWorker, payloadTypes: PayloadTypes): Promise<HeldRouter> {
    try {
      const shared = this.#shared(feeder, worker, payloadTypes);
      return await shared.hold(() => feeder.release());
    } catch (error) {
      feeder.release();
      throw error;
    }
  }

  close(): void {
    for (const router of [...this.#routers.values()]) router.close();
  }

  #shared(feeder: HeldRouter, worker: MediaWorker, payloadTypes: PayloadTypes): SharedRouter {
    const mediaCodecs = codecsFor(this.#codecs, payloadTypes);
    const spoken = mediaCodecs.map((codec) => `${codec.mimeType}=${codec.preferredPayloadType}`).sort();
    const key = `${feeder.router.id} ${spoken.join(' ')}`;
    const known = this.#routers.get(key);
    if (known) return known;
    if (this.#routers.size >= mostDialects) throw new MediaError('unavailable', 'too many receivers with payload types of their own');
    const fed = feeder.share();
    const shared = new SharedRouter({
      worker,
      opening: worker.worker.createRouter({ mediaCodecs }),
      feeder: fed,
      over: () => {
        if (this.#routers.get(key) === shared) this.#routers.delete(key);
        fed.release();
      },
    });
    this.#routers.set(key, shared);
    return shared;
  }
}
