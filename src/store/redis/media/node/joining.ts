import { setTimeout as pause } from 'node:timers/promises';
import { MediaError } from '../../../../../media/types.ts';
import type { StageClaims } from '../claims.ts';
import { type CallArguments, type CallData, isSubscriber, type ParticipantCall, type ParticipantKey } from '../wire/calls.ts';
import { StageMoved } from '../wire/wire.ts';
import type { Asking } from './asking.ts';
import type { Place, Places } from './places.ts';
import type { Placing } from './placing.ts';

export interface JoiningOptions {
  places: Places;
  placing: Placing;
  claims: StageClaims;
  asking: Asking;
  isGone(process: string): Promise<boolean>;
}

/** How long a join follows a stage that changes its place, and the pause before each further try, ms. A host may learn of a death later than this process. */
const followMs = 5_000;
const pauseMs = 50;

/** Finds somebody who joins a host, and follows the stage while it moves. */
export class Joining {
  readonly #options: JoiningOptions;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** @throws MediaError as the host's plane does; unavailable when no host takes it in */
  async join<C extends ParticipantCall>(stageId: string, key: ParticipantKey, call: C, args: CallArguments<C>): Promise<CallData<C>> {
    const { detached = false } = args.at(-1) as { detached?: boolean };
    const { asking } = this.#options;
    const before = this.#options.places.get(stageId, key);
    // A further stream of a sender goes where the first is; a viewer who asks again starts anew.
    const place = (isSubscriber(key) ? undefined : before) ?? this.#options.places.open(stageId, key, detached);
    const earlier = before?.host;
    let asked: string | undefined;
    try {
      const avoid = new Set<string>();
      let hint: string | undefined;
      for (const startedAt = performance.now(); performance.now() - startedAt < followMs; await pause(pauseMs)) {
        const host = isSubscriber(key) ? await this.#hostForViewer(stageId, avoid) : await this.#hostForSender(stageId, hint);
        this.#demandHere(stageId, key, place);
        if (earlier && earlier !== host && asked === undefined) asking.undo(earlier, stageId, key);
        place.host = host;
        asked = host;
        try {
          const data = await asking.ask(host, stageId, call, args);
          this.#demandHere(stageId, key, place);
          place.answered = true;
          return data;
        } catch (error) {
          if (!(error instanceof StageMoved)) throw error;
          asked = undefined;
          avoid.add(host);
          hint = error.origin;
        }
      }
      throw new MediaError('unavailable', 'the stage keeps moving');
    } catch (error) {
      const refused = error instanceof MediaError && error.fault !== 'unavailable';
      // A second stream that is refused leaves the first where it is.
      if (!(refused && place === before && place.answered)) this.#options.places.leave(stageId, key, place);
      // It may have been done after all.
      if (asked && !refused) asking.undo(asked, stageId, key);
      throw error;
    }
  }

  #demandHere(stageId: string, key: ParticipantKey, place: Place): void {
    if (this.#options.places.get(stageId, key) !== place) throw new MediaError('not-found', 'it has left or was replaced meanwhile');
  }

  /** Where a viewer goes: by load, to hosts that have the stage first. */
  async #hostForViewer(stageId: string, avoid: ReadonlySet<string>): Promise<string> {
    const { placing, claims } = this.#options;
    const onStage = this.#options.places.hostsOf(stageId);
    if (onStage.size === 0 && placing.several()) {
      const origin = await claims.find(stageId).catch(() => null);
      if (origin) onStage.add(origin);
    }
    // When all are avoided, the one that was asked first may have come round.
    const host = placing.choose(onStage, avoid) ?? placing.choose(onStage);
    if (!host) throw new MediaError('unavailable', 'no media host is running');
    return host;
  }

  /** Where somebody sends to: the stage's origin, or the host that will be. */
  async #hostForSender(stageId: string, hint: string | undefined): Promise<string> {
    const { placing, claims, isGone } = this.#options;
    try {
      const origin = hint ?? (await claims.find(stageId));
      if (origin && !(await isGone(origin))) return origin;
    } catch (cause) {
      throw new MediaError('unavailable', 'the origin of the stage is not known', { cause });
    }
    const host = placing.choose(this.#options.places.hostsOf(stageId));
    if (!host) throw new MediaError('unavailable', 'no media host is running');
    return host;
  }
}
