import type { MediaHost } from '../../../../../media/types.ts';
import type { Log } from '../../../../domain/ports.ts';
import type { MediaRecords } from '../records.ts';
import { type ParticipantKey, publisherKey, subscriberKey } from '../wire/calls.ts';
import type { ToldEvent } from '../wire/messages.ts';
import type { HostedStage, Participant } from './hosted-stage.ts';

export interface HostEventOptions {
  local: MediaHost;
  nodeId: string;
  records: Pick<MediaRecords, 'setPublishing'>;
  lives(process: string): boolean;
  deliver(node: string, told: ToldEvent): void;
  anyNode(): string | undefined;
  stageOf(stageId: string): HostedStage | undefined;
  forget(stageId: string, key: ParticipantKey): void;
  log: Log;
}

/** Passes what happens on this host on: to the participant's node, to one node for all, or to the edges. */
export function forwardHostEvents(options: HostEventOptions): void {
  const { local, nodeId, records, deliver, anyNode, stageOf, forget, log } = options;

  /** Somebody without a connection outlives the node that asked for it. */
  const nodeOf = ({ node, detached }: Participant) => (detached && !options.lives(node) ? anyNode() : node);
  const pass = (stageId: string, key: ParticipantKey, told: ToldEvent): void => {
    const participant = stageOf(stageId)?.participants.get(key);
    const node = participant && nodeOf(participant);
    if (node !== undefined) deliver(node, told);
  };
  const lose = (stageId: string, key: ParticipantKey, told: ToldEvent): void => {
    pass(stageId, key, told);
    forget(stageId, key);
  };
  const tellAny = (told: ToldEvent): void => {
    const node = anyNode();
    if (node !== undefined) deliver(node, told);
  };

  local.on('consumerAdded', (payload) => pass(payload.stageId, subscriberKey(payload.subscriberId), { event: 'consumerAdded', payload }));
  local.on('consumerClosed', (payload) => pass(payload.stageId, subscriberKey(payload.subscriberId), { event: 'consumerClosed', payload }));
  local.on('subscriberLost', (payload) => lose(payload.stageId, subscriberKey(payload.subscriberId), { event: 'subscriberLost', payload }));
  local.on('publisherLost', (payload) => lose(payload.stageId, publisherKey(payload.publisherId), { event: 'publisherLost', payload }));
  local.on('publishing', (payload) => {
    const { stageId, publishing } = payload;
    // Before it is told, on the same connection: whoever settles this host's end must know of it.
    records.setPublishing(nodeId, stageId, publishing).catch((error: unknown) => {
      log.warn({ stageId, publishing, reason: String(error) }, 'that somebody sends could not be recorded');
    });
    tellAny({ event: 'publishing', payload });
  });
  local.on('stageCondition', (payload) => tellAny({ event: 'stageCondition', payload }));
  local.on('producerOpened', ({ stageId }) => stageOf(stageId)?.link.edges.producerOpened());
  local.on('producerClosed', ({ stageId, producerId }) => stageOf(stageId)?.link.edges.producerClosed(producerId));
  local.on('producerPaused', ({ stageId, producerId, paused }) => stageOf(stageId)?.link.edges.producerPaused(producerId, paused));
}
