import type { CacheOrder } from "@lastgood/core/adapter";

/** Each value is stored after the time of its load and the time until which it is fresh, in digits, which scripts on the server and people can read. */

const DIGITS = 16;

/** A time in digits. `Infinity` becomes the greatest exact number. */
export function digitsOf(time: number): string {
  return String(Math.ceil(Math.min(time, Number.MAX_SAFE_INTEGER))).padStart(DIGITS, "0");
}

export function headOf({ loadedAt, freshUntil = 0 }: CacheOrder): string {
  return digitsOf(loadedAt) + digitsOf(freshUntil);
}

/** A value with an unknown load time, which `setUnlessNewer` always replaces. */
export function stamped(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(headOf({ loadedAt: 0 })), payload]);
}

/** Whether the stored value stays when another one of this order comes. A foreign value is always replaced. */
export function stays(there: Buffer, { loadedAt, unlessFreshAfter = Infinity }: CacheOrder): boolean {
  const [, loaded, fresh] = /^(\d{16})(\d{16})$/.exec(there.toString("latin1", 0, 2 * DIGITS)) ?? [];
  if (Number(loaded) > loadedAt) return true;
  return Number(loaded) === loadedAt && Number(fresh) > unlessFreshAfter;
}

export function payloadOf(value: Buffer): Buffer {
  return value.subarray(2 * DIGITS);
}
