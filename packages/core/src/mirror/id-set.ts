/** Which ids have been seen, by 53 bits of a hash of each: a million of them take some megabytes. */
export class IdSet {
  readonly #hashes = new Set<number>();

  /** Whether it is new. Once in a hundred thousand lists of a million ids, one that is new counts as seen. */
  add(id: string): boolean {
    const { size } = this.#hashes;
    return this.#hashes.add(hashOf(id)).size > size;
  }
}

/** cyrb53: two lanes of multiplications, each mixed with the other at the end. */
function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}
