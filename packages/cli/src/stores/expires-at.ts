/** When a cached answer expires, in whole milliseconds: a stored number must survive every store. */
export function expiresAt(now: number, ttlMs: number): number {
  return Math.min(Math.ceil(now + ttlMs), Number.MAX_SAFE_INTEGER);
}
