/** The options of every call of a store. */
export interface CallOptions {
  /** Aborted when core stops waiting for this call. May be ignored. Created when it is read, so a copy of the options by spread has none. */
  readonly signal?: AbortSignal | undefined;
}
