import type { LoadContext, NotModified } from "@lastgood/core";

/** A source of answers: a command or a URL. */
export interface Loader {
  /** Resolves with the whole answer. Rejects with a `LoadFailure`. Stops when `signal` is aborted. */
  load(signal: AbortSignal, context: LoadContext): Promise<Uint8Array | NotModified>;
  /** What the source had printed when it failed. Printed if no backup can stand in. */
  printed(): Uint8Array;
}

/** The metadata field with the exit code of an answer, if that is not 0. */
export const EXIT_CODE = "exitCode";
