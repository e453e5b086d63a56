/** An SFU under test in a process of its own (node sfu-process.ts gangbo|bare WORKERS), so that its CPU is its own; driven by sfu.ts. */
import { z } from 'zod';
import { openBareSfu } from './bare-plane.ts';
import { type SfuEvent, type SfuNews, type SfuServer, sfuOrderSchema } from './messages.ts';
import { openOwnSfu } from './own-plane.ts';

const [, , kind, workers] = process.argv;
const tell = (news: SfuNews): void => {
  process.send?.(news);
};
const count = z.coerce.number().int().positive().parse(workers);
const report = (event: SfuEvent): void => tell({ event });
const sfu: SfuServer = kind === 'gangbo' ? await openOwnSfu(count, report) : await openBareSfu(report);

process.on('message', (message) => {
  const order = sfuOrderSchema.parse(message);
  sfu.handle(order).then(
    (value) => tell({ call: order.call, value: value ?? {} }),
    (error: unknown) => tell({ call: order.call, error: String(error) }),
  );
});
process.once('disconnect', () => void sfu.close().finally(() => process.exit(0)));
tell({ ready: true });
