import { CodedError } from '../../contract/index.ts';
import { isStaff } from '../../domain/actor.ts';
import type { GuestService } from '../../domain/stage/guests.ts';
import type { IceServersFor } from '../../domain/stage/ice-servers.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection } from '../connection.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOnStage } from '../on-stage.ts';
import { type DemandSendingRight, demandSource } from '../sending-rights.ts';

export interface StageHandlerOptions {
  demandRight: DemandSendingRight;
  stage: StageService;
  guests: Pick<GuestService, 'unpublished' | 'producerClosed' | 'leave'>;
  iceServersFor: IceServersFor;
}

type StageEvent = 'stage.publish' | 'stage.connect' | 'stage.produce' | 'stage.pause' | 'stage.closeProducer' | 'stage.leave';

/** Sending: each participant is this connection, so nobody can touch another's transport. */
export function createStageHandlers({ demandRight, stage, guests, iceServersFor }: StageHandlerOptions): EventHandlers<StageEvent> {
  /** What a connection sent is closed, whatever became of its right. */
  async function stop(connection: Connection, stageId: string): Promise<void> {
    await stage.unpublish(stageId, connection.id);
    if (!isStaff(connection.actor)) await guests.unpublished(stageId, connection.id);
  }

  return {
    async 'stage.publish'({ stageId }, connection) {
      const right = await demandRight(connection, stageId);
      right.joined.publishing = true;
      const transport = await stage.publish(stageId, connection.id, right.options);
      const kept = await right.opened();
      // It may have left while the transport was being opened.
      if (!kept || connection.closed || !connection.joined.has(stageId)) await stop(connection, stageId);
      if (!kept) throw new CodedError('NOT_INVITED');
      return { transport, iceServers: iceServersFor(connection.id), seat: right.seat };
    },
    async 'stage.connect'({ stageId, transportId, dtlsParameters }, connection) {
      await demandRight(connection, stageId);
      await stage.connectPublisher(stageId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'stage.produce'({ stageId, ...options }, connection) {
      const right = await demandRight(connection, stageId);
      demandSource(right, options.source);
      const produced = await stage.produce(stageId, connection.id, options);
      if (await right.produced(options.source, produced.producerId)) return produced;
      await stop(connection, stageId);
      throw new CodedError('NOT_INVITED');
    },
    async 'stage.pause'({ stageId, producerId, paused }, connection) {
      const right = await demandRight(connection, stageId);
      await right.pause(producerId, paused);
      return {};
    },
    async 'stage.closeProducer'({ stageId, producerId }, connection) {
      demandOnStage(connection, stageId);
      await stage.closeProducer(stageId, connection.id, producerId);
      if (!isStaff(connection.actor)) await guests.producerClosed(stageId, connection.id, producerId);
      return {};
    },
    async 'stage.leave'({ stageId }, connection) {
      const joined = demandOnStage(connection, stageId);
      await stage.unpublish(stageId, connection.id);
      joined.publishing = false;
      if (!isStaff(connection.actor)) await guests.leave(stageId, joined.speaker.key, connection.id);
      return {};
    },
  };
}
