import type { ParticipantKey } from '../wire/calls.ts';
import type { Message } from '../wire/messages.ts';
import type { HostedStage } from './hosted-stage.ts';

/** Participants by stage, as a node believes them on a host. */
export type Roll = Extract<Message, { type: 'roll' }>['stages'];

/** Somebody who joined so recently may not be on its node's list yet, ms. */
const recentMs = 10_000;

/** Those of a node who are on its list and not here. */
export function absent(stages: ReadonlyMap<string, HostedStage>, node: string, roll: Roll): Roll {
  const missing = Object.entries(roll).map(([stageId, keys]) => {
    const participants = stages.get(stageId)?.participants;
    return [stageId, keys.filter((key) => participants?.get(key as ParticipantKey)?.node !== node)] as const;
  });
  return Object.fromEntries(missing.filter(([, keys]) => keys.length > 0));
}

/** Those of a node with a connection who are here and not on its list: it knows nothing of them any more. */
export function unlisted(stages: Iterable<HostedStage>, node: string, roll: Roll): { stage: HostedStage; key: ParticipantKey }[] {
  const now = performance.now();
  return [...stages].flatMap((stage) => {
    const listed = new Set(roll[stage.id]);
    return [...stage.participants]
      .filter(([key, at]) => at.node === node && !at.detached && !listed.has(key) && now - at.joinedAt >= recentMs)
      .map(([key]) => ({ stage, key }));
  });
}
