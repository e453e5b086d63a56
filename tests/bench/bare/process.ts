/** The bare SFU in a process of its own (node process.ts [PORT]), for the join rate and the recovery; tells its address, and ends with its parent. */
import { workerBinary } from '../../../media/worker/binary.mjs';
import { startBareSfu } from './sfu.ts';

const [, , port = '0'] = process.argv;
const sfu = await startBareSfu(workerBinary(process.env) ?? '', () => '', Number(port));
process.once('disconnect', () => void sfu.stop().finally(() => process.exit(0)));
process.send?.({ origin: sfu.origin });
