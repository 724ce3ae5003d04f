import type { CacheOrder } from "@lastgood/core/adapter";

/** Each value is stored after the time of its load and the time until which it is fresh, in digits that people can read. */

const DIGITS = 16;

/** A value with its times. 0 means unknown, and is always replaced. */
export function stamped(stored: Uint8Array, { loadedAt, freshUntil = 0 }: CacheOrder = { loadedAt: 0 }): Buffer {
  return Buffer.concat([Buffer.from(digitsOf(loadedAt) + digitsOf(freshUntil)), stored]);
}

export function payloadOf(value: Uint8Array): Uint8Array {
  return value.subarray(2 * DIGITS);
}

/** Whether the stored value stays when another one of this order comes. A foreign value is always replaced. */
export function stays(there: Buffer, { loadedAt, unlessFreshAfter = Infinity }: CacheOrder): boolean {
  const [, loaded, fresh] = /^(\d{16})(\d{16})$/.exec(there.toString("latin1", 0, 2 * DIGITS)) ?? [];
  if (Number(loaded) > loadedAt) return true;
  return Number(loaded) === loadedAt && Number(fresh) > unlessFreshAfter;
}

/** A time in digits. `Infinity` becomes the greatest exact number. */
function digitsOf(time: number): string {
  return String(Math.ceil(Math.min(time, Number.MAX_SAFE_INTEGER))).padStart(DIGITS, "0");
}
