/** PostgreSQL's code for a violated unique constraint (Appendix A of its manual). */
const UNIQUE_VIOLATION = '23505';

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}

/** A column's time as the contract has it: milliseconds since the epoch. */
export const timeOf = (value: Date): number => value.getTime();
export const timeOrNull = (value: Date | null): number | null => value?.getTime() ?? null;

/** Escapes what LIKE treats as patterns. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
