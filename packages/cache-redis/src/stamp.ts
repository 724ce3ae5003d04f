/** Each value is stored after the time of its load, in digits, which scripts on the server and people can read. */

const DIGITS = 16;

export function stampOf(loadedAt: number): string {
  return String(loadedAt).padStart(DIGITS, "0");
}

/** A value with an unknown load time, which `setUnlessNewer` always replaces. */
export function stamped(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(stampOf(0)), payload]);
}

export function payloadOf(value: Buffer): Buffer {
  return value.subarray(DIGITS);
}
