import type { Log } from '../../src/domain/ports.ts';

const nothing = () => undefined;

/** A log that keeps quiet, for tests that are not about the log. */
export const quietLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
