/**
 * What decides between two records of one id in a cache, in epoch milliseconds. The one that is there stays if its `loadedAt` is greater,
 * or if its `loadedAt` is the same and its `freshUntil` greater than the other one's `unlessFreshAfter`.
 */
export interface CacheOrder {
  readonly loadedAt: number;
  /**
   * When the value stops being fresh; may be `Infinity` or a fraction.
   * @default 0: it is not fresh, as a backup that stands in
   */
  readonly freshUntil?: number | undefined;
  /**
   * Given for a backup that stands in for a failed load: it must not replace the same value that another load has renewed.
   * @default Infinity: a record with the same `loadedAt` is replaced
   */
  readonly unlessFreshAfter?: number | undefined;
}
