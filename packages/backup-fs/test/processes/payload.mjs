import { createHash, randomBytes } from "node:crypto";

/**
 * Bytes that tell whose they are and whether they are whole: id and stamp, random content of a random length, checksum.
 * @param {string} id
 * @param {number} stamp
 */
export function payload(id, stamp) {
  const random = randomBytes(Math.floor(Math.random() * 64 * 1024));
  const content = Buffer.concat([Buffer.from(`${id} ${stamp}\n`), random]);
  return new Uint8Array(Buffer.concat([content, digest(content)]));
}

/**
 * @param {Uint8Array} bytes
 * @param {string} id
 * @param {number} stamp
 */
export function isPayload(bytes, id, stamp) {
  const content = Buffer.from(bytes).subarray(0, -32);
  const checksum = Buffer.from(bytes).subarray(-32);
  return digest(content).equals(checksum) && content.toString("latin1").startsWith(`${id} ${stamp}\n`);
}

/** @param {Uint8Array} content */
function digest(content) {
  return createHash("sha256").update(content).digest();
}
