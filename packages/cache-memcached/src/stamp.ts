/** Each value is stored after the time of its load, in digits that people can read. */

const DIGITS = 16;

/** A value with its stamp. 0 means unknown, and is always replaced. */
export function stamped(stored: Uint8Array, loadedAt = 0): Buffer {
  return Buffer.concat([Buffer.from(String(loadedAt).padStart(DIGITS, "0")), stored]);
}

export function payloadOf(value: Uint8Array): Uint8Array {
  return value.subarray(DIGITS);
}

/** The stamp of a stored value; 0 for a foreign one. */
export function stampOf(value: Buffer): number {
  const digits = value.toString("latin1", 0, DIGITS);
  return /^\d{16}$/.test(digits) ? Number(digits) : 0;
}
