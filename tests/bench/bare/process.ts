/** The bare SFU in a process of its own, for the join rate; tells its address, and ends with its parent. */
import { workerBinary } from '../../../media/worker/binary.mjs';
import { startBareSfu } from './sfu.ts';

const sfu = await startBareSfu(workerBinary(process.env) ?? '', () => '');
process.once('disconnect', () => void sfu.stop().finally(() => process.exit(0)));
process.send?.({ origin: sfu.origin });
