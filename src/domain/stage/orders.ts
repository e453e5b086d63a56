import { z } from 'zod';
import { CodedError } from '../../contract/index.ts';
import type { Log } from '../ports.ts';
import type { StageService } from './service.ts';

const about = { stageId: z.string(), connectionId: z.string() };

/** What is done to a connection's media by somebody else: staff, a colleague who takes over, the end of a visit. */
export const stageOrderSchema = z.discriminatedUnion('type', [
  /** It stops sending. */
  z.object({ type: z.literal('unpublish'), ...about }),
  /** It stops sending and receiving. */
  z.object({ type: z.literal('takeOff'), ...about }),
  /** Its microphone is paused. */
  z.object({ type: z.literal('silence'), ...about, producerId: z.string() }),
]);
export type StageOrder = z.infer<typeof stageOrderSchema>;

/** Knows this node's connections and reaches the other nodes. */
export interface OrderCarrier {
  has(connectionId: string): boolean;
  /** To all other nodes; the one that has the connection obeys. */
  send(order: StageOrder): void;
}

export interface StageOrderOptions {
  stage: Pick<StageService, 'unpublish' | 'unsubscribe' | 'pauseProducer'>;
  log: Log;
}

/**
 * A connection's media is reached from the node that has the connection: orders
 * go there. One that is lost on the way is made good by whoever keeps the state
 * that it follows from, within about a second.
 */
export function createStageOrders({ stage, log }: StageOrderOptions) {
  let carrier: OrderCarrier | null = null;

  async function obey(order: StageOrder): Promise<void> {
    const { stageId, connectionId } = order;
    switch (order.type) {
      case 'unpublish':
        return stage.unpublish(stageId, connectionId);
      case 'takeOff':
        await Promise.all([stage.unsubscribe(stageId, connectionId), stage.unpublish(stageId, connectionId)]);
        return;
      case 'silence':
        return stage.pauseProducer(stageId, connectionId, order.producerId, true).catch((error: unknown) => {
          // It has just ended, and with it the sound.
          if (error instanceof CodedError && error.code === 'MEDIA_NOT_FOUND') return;
          log.warn({ error, stageId, connectionId }, 'a microphone could not be turned off; trying again');
        });
      default:
        order satisfies never;
    }
  }

  return {
    carry(by: OrderCarrier): void {
      carrier = by;
    },
    async give(order: StageOrder): Promise<void> {
      if (!carrier || carrier.has(order.connectionId)) await obey(order);
      else carrier.send(order);
    },
    /** An order from another node. */
    async hear(given: unknown): Promise<void> {
      const order = stageOrderSchema.safeParse(given);
      if (!order.success) return log.warn({ error: order.error }, 'another node gave an order that is not understood');
      if (carrier?.has(order.data.connectionId)) await obey(order.data);
    },
  };
}
export type StageOrders = ReturnType<typeof createStageOrders>;
