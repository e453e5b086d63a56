import { isStaff } from '../../domain/actor.ts';
import type { GuestService } from '../../domain/stage/guests/service.ts';
import type { IceServersFor } from '../../domain/stage/ice-servers.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection } from '../connection.ts';
import type { EventHandlers } from '../event-handlers.ts';
import { demandOnStage, isOnStage, type Place, seatedIn } from '../stage/place.ts';
import { type DemandSendingRight, demandSource } from '../stage/sending-rights.ts';

export interface StageHandlerOptions {
  demandRight: DemandSendingRight;
  stage: StageService;
  guests: Pick<GuestService, 'unpublished' | 'producerClosed' | 'leave'>;
  iceServersFor: IceServersFor;
}

type StageEvent = 'stage.publish' | 'stage.connect' | 'stage.produce' | 'stage.pause' | 'stage.closeProducer' | 'stage.leave';

/** Sending: each participant is this connection, so nobody can touch another's transport. */
export function createStageHandlers({ demandRight, stage, guests, iceServersFor }: StageHandlerOptions): EventHandlers<StageEvent> {
  /** What a viewer's connection asks for is done in order, so that what is known of its microphone, which staff may turn off, is so. */
  const latest = new WeakMap<Connection, Promise<unknown>>();
  function inOrder<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
    if (isStaff(connection.actor)) return work();
    const done = (latest.get(connection) ?? Promise.resolve()).then(work);
    latest.set(
      connection,
      done.catch(() => undefined),
    );
    return done;
  }

  /** What comes after the plane has answered may find the right gone: then what was opened is closed again. */
  async function orStop(work: Promise<unknown>, connection: Connection, stageId: string, place: Place): Promise<void> {
    try {
      await work;
    } catch (error) {
      await stop(connection, stageId, place);
      throw error;
    }
  }

  async function stop(connection: Connection, stageId: string, place: Place): Promise<void> {
    await stage.unpublish(stageId, connection.id);
    if (seatedIn(connection, place)) await guests.unpublished(stageId, connection.id);
  }

  const handlers: EventHandlers<StageEvent> = {
    async 'stage.publish'({ stageId }, connection) {
      const place = demandOnStage(connection, stageId);
      const right = await demandRight(connection, stageId);
      right.joined.publishing = true;
      right.begin();
      const transport = await stage.publish(stageId, connection.id, right.options);
      await orStop(right.opened(), connection, stageId, place);
      // It may have left while the transport was being opened.
      if (!isOnStage(connection, stageId)) await stop(connection, stageId, place);
      return { transport, iceServers: iceServersFor(connection.id), seat: right.seat };
    },
    async 'stage.connect'({ stageId, transportId, dtlsParameters }, connection) {
      await demandRight(connection, stageId);
      await stage.connectPublisher(stageId, connection.id, transportId, dtlsParameters);
      return {};
    },
    async 'stage.produce'({ stageId, ...options }, connection) {
      const place = demandOnStage(connection, stageId);
      const right = await demandRight(connection, stageId);
      demandSource(right, options.source);
      const produced = await stage.produce(stageId, connection.id, options);
      await orStop(right.produced(options.source, produced.producerId), connection, stageId, place);
      return produced;
    },
    async 'stage.pause'({ stageId, producerId, paused }, connection) {
      const right = await demandRight(connection, stageId);
      await right.pause(producerId, paused);
      return {};
    },
    async 'stage.closeProducer'({ stageId, producerId }, connection) {
      const place = demandOnStage(connection, stageId);
      await stage.closeProducer(stageId, connection.id, producerId);
      if (seatedIn(connection, place)) await guests.producerClosed(stageId, connection.id, producerId);
      return {};
    },
    async 'stage.leave'({ stageId }, connection) {
      const place = demandOnStage(connection, stageId);
      await stage.unpublish(stageId, connection.id);
      place.joined.publishing = false;
      const seated = seatedIn(connection, place);
      if (seated) await guests.leave(stageId, seated.speaker.key, connection.id);
      return {};
    },
  };
  return {
    'stage.publish': (payload, connection) => inOrder(connection, () => handlers['stage.publish'](payload, connection)),
    'stage.connect': handlers['stage.connect'],
    'stage.produce': (payload, connection) => inOrder(connection, () => handlers['stage.produce'](payload, connection)),
    'stage.pause': (payload, connection) => inOrder(connection, () => handlers['stage.pause'](payload, connection)),
    'stage.closeProducer': (payload, connection) => inOrder(connection, () => handlers['stage.closeProducer'](payload, connection)),
    'stage.leave': (payload, connection) => inOrder(connection, () => handlers['stage.leave'](payload, connection)),
  };
}
