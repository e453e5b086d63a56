import { z } from 'zod';
import { workerHealthSchema } from '../../../../contract/index.ts';
import { idOf } from '../wire/ids.ts';

/** What a process says of itself in Redis; it runs out when it is not renewed, so no clocks are compared. */
export const memberSchema = z.object({
  id: idOf('process'),
  /** Whether people are connected to it: it is told what concerns a stage as a whole. */
  signals: z.boolean(),
  /** Set when it has workers. */
  host: z
    .object({
      address: z.string().max(255),
      machine: z.string().max(255),
      /** Says what codecs its routers speak; hosts that differ do not carry one another's stages. */
      dialect: z.string().max(64),
      /** It is being stopped: takes nobody any more. */
      draining: z.boolean(),
      workers: z.array(workerHealthSchema).max(256),
    })
    .nullable(),
});
export type Member = z.infer<typeof memberSchema>;
export type HostMember = Member & { host: NonNullable<Member['host']> };
