import type { FeedStore } from '../../domain/feed/store.ts';
import type { Log, NotifyRoom } from '../../domain/ports.ts';
import type { GuestService } from '../../domain/stage/guests/service.ts';
import type { StageService } from '../../domain/stage/service.ts';
import type { Connection } from '../connection.ts';

export interface StageEventOptions {
  stage: Pick<StageService, 'listen'>;
  feed: Pick<FeedStore, 'append'>;
  /** This node's connections; events about those of other nodes are theirs to pass on. */
  connections: ReadonlyMap<string, Connection>;
  guests: Pick<GuestService, 'listen'>;
  notifyRoom: NotifyRoom;
  log: Log;
}

/** Passes on what happens to the media of this node's connections, what becomes of invitations, and tells rooms whether there is a picture. */
export function forwardStageEvents({ stage, guests, feed, connections, notifyRoom, log }: StageEventOptions): void {
  const changes = new Map<string, Promise<unknown>>();
  stage.listen({
    consumerAdded: (stageId, connectionId, consumer) => connections.get(connectionId)?.send('media.consumerAdded', { stageId, consumer }),
    consumerClosed: (stageId, connectionId, consumerId) =>
      connections.get(connectionId)?.send('media.consumerClosed', { stageId, consumerId }),
    subscriberLost: (stageId, connectionId) => connections.get(connectionId)?.send('media.lost', { stageId }),
    publisherLost: (stageId, connectionId, replaced) =>
      connections.get(connectionId)?.send(replaced ? 'stage.replaced' : 'stage.lost', { stageId }),
    condition: (sessionId, condition, reasons) => notifyRoom.staff(sessionId, 'stage.condition', { sessionId, condition, reasons }),
    publishing(sessionId, publishing) {
      // One after the other, so that the last word is the last one said. The feed drops what is no change.
      const change = (changes.get(sessionId) ?? Promise.resolve())
        .then(() => feed.append(sessionId, { type: 'stage', publishing }))
        .catch((error) => log.error({ error, sessionId }, 'a room could not be told whether somebody is on stage'))
        .finally(() => {
          if (changes.get(sessionId) === change) changes.delete(sessionId);
        });
      changes.set(sessionId, change);
    },
  });
  guests.listen({
    invited: (sessionId, invitation) => notifyRoom.speaker(sessionId, invitation.key, 'stage.invited', { sessionId, invitation }),
    uninvited: (sessionId, key, reason, exceptConnection) =>
      notifyRoom.speaker(sessionId, key, 'stage.uninvited', { sessionId, reason }, exceptConnection),
    answered: (sessionId, invitation, outcome) => notifyRoom.staff(sessionId, 'stage.answered', { sessionId, invitation, outcome }),
    muted: (sessionId, key, muted) => notifyRoom.speaker(sessionId, key, 'stage.muted', { sessionId, muted }),
  });
}
