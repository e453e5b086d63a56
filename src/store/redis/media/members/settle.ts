import type { StageClaims } from '../claims.ts';
import type { MediaRecords } from '../records.ts';
import { lossOf, type ToldEvent } from '../wire/messages.ts';

export interface SettleOptions {
  records: MediaRecords;
  claims: StageClaims;
  /** Tells people, through this node. */
  tell(told: ToldEvent): void;
}

/**
 * Tells what has ended with a host that is gone: the pictures that were sent
 * from it, and those on it who have no connection that would notice. However
 * many nodes settle the same host, each is told once.
 */
export async function settleHost(hostId: string, { records, claims, tell }: SettleOptions): Promise<void> {
  const isSent = async (stageId: string): Promise<boolean> => {
    const origin = await claims.find(stageId);
    return origin !== null && origin !== hostId && (await records.isPublishing(origin, stageId));
  };
  for (const stageId of await records.takePublishing(hostId)) {
    if (await isSent(stageId)) continue;
    tell({ event: 'publishing', payload: { stageId, publishing: false } });
    // The lead may have come back in the meantime and been told of before.
    if (await isSent(stageId)) tell({ event: 'publishing', payload: { stageId, publishing: true } });
  }
  for (const { stageId, key } of await records.takeDetached(hostId)) tell(lossOf(stageId, key));
}
