/** When a cached answer expires, in whole epoch milliseconds that every store can represent. */
export function expiresAt(now: number, ttlMs: number): number {
  return Math.min(Math.ceil(now + ttlMs), Number.MAX_SAFE_INTEGER);
}
