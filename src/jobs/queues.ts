import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log, Trace } from '../domain/ports.ts';
import { type CloseSession, type CloseSessionSteps, closeSession } from './close-session.processor.ts';

export interface QueueOptions {
  /** Opens a connection whose commands are never given up on, as BullMQ demands. */
  connect: () => Redis;
  /** Prefix of the keys, with a hash tag. */
  prefix: string;
  steps: CloseSessionSteps;
  trace: Trace;
  log: Log;
}

const CLOSE_SESSION = 'close-session';

/** The work that outlives a request: at present, closing a session's books. */
export function createQueues({ connect, prefix, steps, trace, log }: QueueOptions) {
  const connections = [connect(), connect()] as const;
  const queue = new Queue<CloseSession>(CLOSE_SESSION, {
    connection: connections[0],
    prefix,
    defaultJobOptions: {
      attempts: 12,
      backoff: { type: 'exponential', delay: 500 },
      removeOnComplete: { age: 86_400, count: 1_000 },
      removeOnFail: { count: 1_000 },
    },
  });
  const worker = new Worker(CLOSE_SESSION, (job) => trace.run(job.data.requestId ?? `job-${job.id}`, () => closeSession(job.data, steps)), {
    connection: connections[1],
    prefix,
    concurrency: 2,
  });
  queue.on('error', (error) => log.error({ error, queue: CLOSE_SESSION }, 'the queue is out of reach'));
  worker.on('error', (error) => log.error({ error, queue: CLOSE_SESSION }, 'the worker of a queue failed'));
  worker.on('failed', (job, error) => log.warn({ error, queue: CLOSE_SESSION, jobId: job?.id }, 'a job failed'));

  return {
    /** Once a session: the job's id is the session's. */
    async closeSession(sessionId: string): Promise<void> {
      await queue.add(CLOSE_SESSION, { sessionId, requestId: trace.current() }, { jobId: `close-${sessionId}` });
    },
    /** Finishes the job under way. */
    async stop(): Promise<void> {
      await worker.close();
      await queue.close();
      for (const connection of connections) connection.disconnect();
    },
  };
}
export type Queues = ReturnType<typeof createQueues>;
