import type { MediaPlane } from '../../media/index.ts';
import { startSyntheticRecruiter } from '../../media/simulate/recruiter.ts';
import { type Demo, startDemo } from '../demo/start.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface DemoFairOptions {
  origin: string;
  stateFile: string;
  organizer: { login: string; password: string } | null;
  plane: MediaPlane;
  log: Logger;
}

export interface DemoFair {
  state: Demo['state'];
  stop(): Promise<void>;
}

/** The demo's people, in a process of their own, and its picture, in the media plane. */
export async function startDemoFair({ origin, stateFile, organizer, plane, log }: DemoFairOptions): Promise<DemoFair> {
  let label = '';
  const demo = await startDemo({
    origin,
    stateFile,
    organizer,
    onPinned: (title) => {
      label = title;
    },
    onExit: (reason) => log.error({ reason }, 'the demo’s people are gone; start again, or with GANGBO_DEMO=false'),
  });
  const picture = await startSyntheticRecruiter({
    plane,
    stageId: demo.state.live.sessionId,
    publisherId: 'synthetic-recruiter',
    label: () => label,
    log,
  }).catch(async (error: unknown) => {
    await demo.stop();
    throw error;
  });
  return {
    state: demo.state,
    async stop() {
      await demo.stop();
      await picture.stop();
    },
  };
}
