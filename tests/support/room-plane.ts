import { EventEmitter } from 'node:events';
import type { ConsumerOptions, MediaEvents, Subscription } from '../../media/types.ts';
import type { RoomSocket } from '../../src/client/socket.ts';
import type { EventInput, RoomEntrance } from '../../src/contract/index.ts';
import type { FollowedPlane } from './following-viewer.ts';

/** The media of a room as a viewer's page has it: through its connection alone. The contract's types and mediasoup's say the same. */
export function planeOf(socket: RoomSocket, viewerId: string, capabilities: RoomEntrance['routerRtpCapabilities']): FollowedPlane {
  const events = new EventEmitter<MediaEvents>();
  socket.raw.on('media.consumerAdded', ({ stageId, consumer }) =>
    events.emit('consumerAdded', { stageId, subscriberId: viewerId, consumer: consumer as ConsumerOptions }),
  );
  socket.raw.on('media.consumerClosed', ({ stageId, consumerId }) =>
    events.emit('consumerClosed', { stageId, subscriberId: viewerId, consumerId }),
  );
  socket.raw.on('media.lost', ({ stageId }) => events.emit('subscriberLost', { stageId, subscriberId: viewerId }));
  const told: Pick<FollowedPlane, 'on' | 'off'> = events;
  return {
    routerRtpCapabilities: capabilities as FollowedPlane['routerRtpCapabilities'],
    subscribe: async (stageId, _viewer, rtpCapabilities) => {
      const payload = { stageId, rtpCapabilities } as EventInput<'media.subscribe'>;
      return (await socket.request('media.subscribe', payload)) as Subscription;
    },
    connectSubscriber: async (stageId, _viewer, transportId, dtlsParameters) => {
      await socket.request('media.connect', { stageId, transportId, dtlsParameters } as EventInput<'media.connect'>);
    },
    resume: async (stageId, _viewer, consumerIds) => {
      await socket.request('media.resume', { stageId, consumerIds });
    },
    unsubscribe: async () => undefined,
    on: (event, listener) => told.on(event, listener),
    off: (event, listener) => told.off(event, listener),
  };
}
