import type { LoadContext } from "@lastgood/core";

/** Where an answer comes from. */
export interface Loader {
  /** The whole answer. Rejects with a `LoadFailure`; gives up when `signal` is aborted. */
  load(signal: AbortSignal, context: LoadContext): Promise<Uint8Array>;
  /** What the source had printed by the time it failed, to be shown if there is nothing better. */
  printed(): Uint8Array;
}

/** The metadata of an answer under which its exit code is kept, where that is not 0. */
export const EXIT_CODE = "exitCode";
