/** Before each value stands when it was loaded: as digits, so that people can read it. */

const DIGITS = 16;

/** A value with its stamp. 0 is unknown, and gives way to every other. */
export function stamped(stored: Uint8Array, loadedAt = 0): Buffer {
  return Buffer.concat([Buffer.from(String(loadedAt).padStart(DIGITS, "0")), stored]);
}

export function payloadOf(value: Uint8Array): Uint8Array {
  return value.subarray(DIGITS);
}

/** 0 for what is none of ours. */
export function stampOf(value: Buffer): number {
  const digits = value.toString("latin1", 0, DIGITS);
  return /^\d{16}$/.test(digits) ? Number(digits) : 0;
}
