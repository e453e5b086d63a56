/**
 * An id made once per intent (sending, applying, opening a card) and resent
 * unchanged on a retry, so that it counts once. `crypto.randomUUID` is missing on
 * plain http, `getRandomValues` is not.
 */
export function newOnceId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
