import { type Call, CodedError, type RoomEntrance, type Subscription } from '../../contract/index.ts';
import type { CallService } from '../../domain/call/service.ts';
import type { Log } from '../../domain/ports.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection } from '../connection.ts';

export interface CallPresenceOptions {
  calls: Pick<CallService, 'join' | 'leave' | 'demandOpen'>;
  stage: Pick<StageService, 'subscribe' | 'unsubscribe' | 'unpublish'>;
  log: Log;
}

type Capabilities = RoomEntrance['routerRtpCapabilities'];

/** Brings connections into one-to-one calls and takes them out again, with their media. */
export function createCallPresence({ calls, stage, log }: CallPresenceOptions) {
  async function leave(connection: Connection, callId: string): Promise<void> {
    const joined = connection.calls.get(callId);
    connection.calls.delete(callId);
    // Each is tried whatever becomes of the others.
    const left = await Promise.allSettled([
      calls.leave(callId, connection.id),
      stage.unsubscribe(callId, connection.id),
      joined?.publishing ? stage.unpublish(callId, connection.id) : undefined,
    ]);
    for (const part of left)
      if (part.status === 'rejected') log.error({ error: part.reason, callId }, 'a connection left a call only in part');
  }

  /** The connection is in a call that goes on; else it is taken out. @throws CodedError CALL_ENDED, NOT_JOINED */
  async function demandOpen(connection: Connection, callId: string): Promise<Call> {
    const joined = connection.calls.get(callId);
    if (!joined) throw new CodedError('NOT_JOINED');
    try {
      return await calls.demandOpen(callId, joined.accountId, connection.id);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      await leave(connection, callId);
      // Somebody else took its side over meanwhile: to this connection there is no such call any more.
      throw error.code === 'CALL_ENDED' ? error : new CodedError('NOT_JOINED');
    }
  }

  /**
   * What a call's stage gives is given only to who is still in it afterwards: a hand-over or the end may come in between.
   * @throws CodedError CALL_ENDED, NOT_JOINED, MEDIA_UNAVAILABLE, MEDIA_UNSUPPORTED
   */
  async function subscribe(
    connection: Connection,
    callId: string,
    capabilities: Capabilities,
  ): Promise<{ call: Call; subscription: Subscription }> {
    await demandOpen(connection, callId);
    const subscription = await stage.subscribe(callId, connection.id, capabilities);
    const call = await demandOpen(connection, callId);
    if (connection.closed) await leave(connection, callId);
    return { call, subscription };
  }

  return {
    demandOpen,
    subscribe,
    leave,

    /** @throws CodedError NOT_FOUND, CALL_ENDED, MEDIA_UNAVAILABLE, MEDIA_UNSUPPORTED */
    async enter(connection: Connection, callId: string, capabilities: Capabilities): Promise<{ call: Call; subscription: Subscription }> {
      await calls.join(connection.actor, callId, connection.id);
      const { accountId } = connection.actor;
      const publishing = connection.calls.get(callId)?.publishing ?? false;
      if (accountId) connection.calls.set(callId, { callId, accountId, publishing });
      try {
        return await subscribe(connection, callId, capabilities);
      } catch (error) {
        await leave(connection, callId);
        throw error;
      }
    },

    /** The connection is gone. */
    async leaveAll(connection: Connection): Promise<void> {
      await Promise.all([...connection.calls.keys()].map((callId) => leave(connection, callId)));
    },
  };
}
export type CallPresence = ReturnType<typeof createCallPresence>;
