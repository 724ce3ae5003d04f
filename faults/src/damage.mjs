/** Ways to damage a record: every bit flipped, every length that it can be cut to. */

/** @typedef {{ name: "flip" | "cut", apply: (record: Buffer) => Buffer }} Damage */

/** @param {number} length Of a record, in bytes. @returns {Damage[]} */
export function allDamages(length) {
  const flips = Array.from({ length: length * 8 }, (_, bit) => ({ name: /** @type {const} */ ("flip"), apply: (/** @type {Buffer} */ record) => withFlippedBit(record, bit) }));
  const cuts = Array.from({ length }, (_, end) => ({ name: /** @type {const} */ ("cut"), apply: (/** @type {Buffer} */ record) => record.subarray(0, end) }));
  return [...flips, ...cuts];
}

/** @param {Buffer} record @param {number} bit */
export function withFlippedBit(record, bit) {
  const changed = Buffer.from(record);
  const at = bit >> 3;
  changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
