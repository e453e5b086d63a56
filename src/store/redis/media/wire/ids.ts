import { z } from 'zod';

/** Ids as they cross between processes: short text, never parsed. */
export const idOf = (what: string) => z.string().min(1).max(128).describe(`Id of a ${what}`);
export const stageIdSchema = idOf('stage');
export const participantSchema = idOf('participant');
