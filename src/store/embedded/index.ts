export { dataFolder, makeDataFolder } from './folder.ts';
export { type Lock, lockDataFolder } from './lock.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres.ts';
export { type EmbeddedOptions, type EmbeddedRedis, startEmbeddedRedis } from './redis.ts';
export { type EmbeddedSecrets, embeddedSecrets } from './secrets.ts';
