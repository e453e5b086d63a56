import { CodedError } from '../../contract/index.ts';
import type { CallService } from '../../domain/call/service.ts';
import type { IceServersFor } from '../../domain/stage/ice-servers.ts';
import type { EventHandlers } from '../event-handlers.ts';
import type { CallPresence } from '../stage/call-presence.ts';

export interface CallHandlerOptions {
  calls: CallService;
  callPresence: CallPresence;
  iceServersFor: IceServersFor;
}

type CallEvent = 'call.start' | 'call.join' | 'call.leave' | 'call.end' | 'call.handOver' | 'call.colleagues' | 'call.list';

/** One-to-one rooms; who may do what is decided by the service. */
export function createCallHandlers({ calls, callPresence, iceServersFor }: CallHandlerOptions): EventHandlers<CallEvent> {
  return {
    'call.start': async ({ consultationId }, { actor }) => ({ call: await calls.start(actor, consultationId) }),
    async 'call.join'({ callId, rtpCapabilities }, connection) {
      const entered = await callPresence.enter(connection, callId, rtpCapabilities);
      return { ...entered, iceServers: iceServersFor(connection.id) };
    },
    async 'call.leave'({ callId }, connection) {
      if (!connection.calls.has(callId)) throw new CodedError('NOT_FOUND');
      await callPresence.leave(connection, callId);
      return {};
    },
    'call.end': async ({ callId }, { actor }) => ({ call: await calls.end(actor, callId) }),
    'call.handOver': async (payload, { actor }) => ({ call: await calls.handOver(actor, payload) }),
    'call.colleagues': async ({ callId }, { actor }) => ({ colleagues: await calls.colleagues(actor, callId) }),
    'call.list': async (_, { actor }) => ({ calls: await calls.list(actor) }),
  };
}
