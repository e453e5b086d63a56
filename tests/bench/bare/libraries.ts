/** The baseline of idle-memory: our libraries, loaded and listening, with nothing of ours on top. */
import { Queue } from 'bullmq';
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { Kysely } from 'kysely';
import * as mediasoup from 'mediasoup';
import pg from 'pg';
import { pino } from 'pino';
import { Server } from 'socket.io';
import { z } from 'zod';

const app = fastify({ loggerInstance: pino({ level: 'silent' }) });
const io = new Server(app.server);
await app.listen({ host: '127.0.0.1', port: 0 });
const loaded = [Queue, Redis, Kysely, mediasoup, pg, z, io].length;
process.send?.({ loaded });
