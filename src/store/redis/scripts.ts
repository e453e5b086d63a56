import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

const folder = new URL('./scripts/', import.meta.url);
const INCLUDE = /^--- @include (\w+)$/gm;

/** What the scripts answer; each script's header says which it uses. */
export const codes = { unchanged: 0, done: 1, closed: -1, tooMany: -2, busy: -3 } as const;

export type ScriptName =
  | 'joinVisit'
  | 'leaveVisit'
  | 'dropNode'
  | 'endVisits'
  | 'openPosition'
  | 'recordFact'
  | 'appendFeed'
  | 'readGuests'
  | 'writeGuests'
  | 'readCall'
  | 'writeCall'
  | 'touchCalls'
  | 'beatNode'
  | 'claimStage'
  | 'passStage'
  | 'buryNodes';

type Argument = string | number;
type Commands = Record<ScriptName, (...given: Argument[]) => Promise<unknown>>;
export type ScriptedRedis = Redis & Commands;

/** The scripts as files `<verb>-<number of keys>.lua`, their includes filled in. */
function readScripts(): { name: string; numberOfKeys: number; lua: string }[] {
  return readdirSync(folder)
    .map((file) => /^(\w+)-(\d+)\.lua$/.exec(file))
    .filter((match) => match !== null)
    .map(([file, name = '', keys]) => ({
      name,
      numberOfKeys: Number(keys),
      lua: readFileSync(new URL(file, folder), 'utf8').replace(INCLUDE, (_, part: string) =>
        readFileSync(new URL(`includes/${part}.lua`, folder), 'utf8'),
      ),
    }));
}

/** Gives a connection one command a script. The connection is changed and returned. */
export function withScripts(redis: Redis): ScriptedRedis {
  for (const { name, numberOfKeys, lua } of readScripts()) redis.defineCommand(name, { numberOfKeys, lua });
  return redis as ScriptedRedis;
}
