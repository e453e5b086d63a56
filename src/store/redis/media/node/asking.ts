import { MediaError } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { StageHosting } from '../hosting/hosting.ts';
import { type CallArguments, type CallData, idIn, type ParticipantKey, type StageCall, stageCalls, undoOf } from '../wire/calls.ts';
import type { Wire } from '../wire/wire.ts';

export interface AskingOptions {
  nodeId: string;
  /** This process's own workers, if it has any. */
  hosting: StageHosting | undefined;
  wire: Pick<Wire, 'request'>;
  log: Log;
}

/** Does calls on hosts, this process's own or others. */
export interface Asking {
  /** @throws MediaError as the host's plane does, unavailable when it does not answer; StageMoved */
  ask<C extends StageCall>(host: string, stageId: string, call: C, args: CallArguments<C>, patienceMs?: number): Promise<CallData<C>>;
  /** Takes somebody off a host, who is there by mistake or is not there at all. */
  undo(host: string, stageId: string, key: ParticipantKey): void;
}

export function createAsking({ nodeId, hosting, wire, log }: AskingOptions): Asking {
  const asking: Asking = {
    async ask(host, stageId, call, args, patienceMs) {
      if (host === nodeId && hosting) return (await hosting.perform(nodeId, stageId, call, args)) as CallData<typeof call>;
      const answer = await wire.request(host, stageId, call, args, patienceMs);
      const parsed = stageCalls[call].data.safeParse(answer);
      if (parsed.success) return parsed.data as CallData<typeof call>;
      throw new MediaError('unavailable', 'the media host’s answer was not understood', { cause: parsed.error });
    },
    undo(host, stageId, key) {
      asking.ask(host, stageId, undoOf(key), [idIn(key)]).catch((error: unknown) => {
        log.debug({ stageId, host, reason: String(error) }, 'a participant could not be taken off a host, which may be gone');
      });
    },
  };
  return asking;
}
