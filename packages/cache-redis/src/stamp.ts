/** Before each value stands when it was loaded: as digits, so that scripts on the server and people can read it. */

const DIGITS = 16;

export function stampOf(loadedAt: number): string {
  return String(loadedAt).padStart(DIGITS, "0");
}

/** A value of which it is not known when it was loaded: it gives way to every other. */
export function stamped(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(stampOf(0)), payload]);
}

export function payloadOf(value: Buffer): Buffer {
  return value.subarray(DIGITS);
}
