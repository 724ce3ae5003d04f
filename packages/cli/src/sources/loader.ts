import type { LoadContext } from "@lastgood/core";

/** Where an answer comes from. */
export interface Loader {
  /** The whole answer. Rejects with a `LoadFailure`; gives up when `signal` is aborted. */
  load(signal: AbortSignal, context: LoadContext): Promise<Uint8Array>;
  /** What the source had said by the time it failed, to be shown if there is nothing better. */
  printed(): Uint8Array;
}
