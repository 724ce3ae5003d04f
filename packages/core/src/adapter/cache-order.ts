/**
 * Decides between two records of one id in a cache. Times are epoch milliseconds. The stored record stays if its `loadedAt` is greater,
 * or if its `loadedAt` is equal and its `freshUntil` is greater than the new record's `unlessFreshAfter`.
 */
export interface CacheOrder {
  readonly loadedAt: number;
  /**
   * When the value stops being fresh; may be `Infinity` or a fraction.
   * @default 0: not fresh, like a backup that stands in
   */
  readonly freshUntil?: number | undefined;
  /**
   * Given for a backup that stands in for a failed load: it must not replace the same value if another load has renewed that.
   * @default Infinity: replaces a record with the same `loadedAt`
   */
  readonly unlessFreshAfter?: number | undefined;
}
