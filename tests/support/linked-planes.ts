import type { MediaHost, RemoteOrigin } from '../../media/types.ts';
import { openTestPlane, type TestPlane } from './media-plane.ts';

/** What one host asks another to open and close, counted. */
export interface Link {
  opened: number;
  closed: number;
  /** Runs before a pipe is opened, in place of a slow or broken network. */
  before: () => Promise<void>;
}

export interface LinkedPlanes {
  a: TestPlane;
  b: TestPlane;
  /** Of pipes from a to b. */
  link: Link;
  close(): Promise<void>;
}

/** Two hosts wired to each other by plain calls, without an exchange between them; the pipes are real. */
export async function openLinkedPlanes(stageId: () => string, workers = 2): Promise<LinkedPlanes> {
  const open = (hostId: string) => openTestPlane({ workers, hostId, edgeCost: 0, pipe: { address: '127.0.0.1', ports: [42_000, 42_999] } });
  const [a, b] = await Promise.all([open('a'), open('b')]);
  const link: Link = { opened: 0, closed: 0, before: async () => {} };
  wire(a.plane, b.plane, stageId, link);
  wire(b.plane, a.plane, stageId, { opened: 0, closed: 0, before: async () => {} });
  const close = async () => {
    await Promise.all([a.plane.close(), b.plane.close()]);
  };
  return { a, b, link, close };
}

function wire(from: MediaHost, to: MediaHost, stageId: () => string, link: Link): void {
  const origin = (stage: string, producerId: string): RemoteOrigin => ({
    async open(end) {
      await link.before();
      link.opened++;
      return from.openPipe(stage, producerId, structuredClone(end));
    },
    close(pipeId) {
      link.closed++;
      void from.closePipe(stage, pipeId);
    },
  });
  from.on('producerOpened', ({ stageId: stage, producer }) => {
    if (stage === stageId()) to.addRemoteProducer(stage, structuredClone(producer), origin(stage, producer.producerId));
  });
  from.on('producerClosed', ({ stageId: stage, producerId }) => to.removeRemoteProducer(stage, producerId));
  from.on('producerPaused', ({ stageId: stage, producerId, paused }) => to.pauseRemoteProducer(stage, producerId, paused));
}
