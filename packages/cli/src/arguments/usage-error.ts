import { messageOf } from "@lastgood/core/adapter";

/** A command line that cannot be understood. The message names the wrong part, says what is wrong, and what to write. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Runs work that reads the user's input, and turns its errors into a `UsageError`. */
export function orUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error), { cause: error });
  }
}
