import { v7 } from 'uuid';
import type { DemandAllowance } from '../../src/domain/allowance.ts';
import type { CallConsultation, CallParty, CallTimes } from '../../src/domain/call/record.ts';
import { createCallService } from '../../src/domain/call/service.ts';
import type { CallStore } from '../../src/domain/call/store.ts';
import type { Nudges } from '../../src/domain/nudges.ts';
import type { Log, Notify } from '../../src/domain/ports.ts';
import type { StageService } from '../../src/domain/stage/service.ts';
import { createLoop } from '../../src/jobs/loop.ts';

export interface CallNodeOptions {
  store: CallStore;
  world: { consultations: ReadonlyMap<string, CallConsultation>; recruiters: readonly CallParty[] };
  stage: StageService;
  nudges: Nudges;
  notify: Notify;
  demandAllowance: DemandAllowance;
  times: CallTimes;
  silenceMs: number;
  log: Log;
}

/** One-to-one calls of a test's node; consultations and colleagues are the test's. */
export function openCalls({ store, world, stage, nudges, ...ports }: CallNodeOptions) {
  const calls = createCallService({
    store,
    consultation: async (id) => world.consultations.get(id) ?? null,
    namesOf: async (ids) => new Map(ids.map((id) => [id, '王小明'])),
    recruitersOf: async () => [...world.recruiters],
    stage: {
      async takeOff(callId, connectionId) {
        await Promise.all([stage.unsubscribe(callId, connectionId), stage.unpublish(callId, connectionId)]);
      },
      close: stage.close,
    },
    nudge: (id) => nudges.give({ about: 'call', id }),
    newId: v7,
    ...ports,
  });
  nudges.on('call', calls.enforce);
  return { calls, lookingAfterCalls: createLoop({ name: 'calls', everyMs: 100, run: calls.lookAfter, log: ports.log }) };
}
