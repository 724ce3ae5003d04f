import { messageOf } from "@lastgood/core/adapter";

/** The command line was not understood. The message names the part that was not, what is wrong with it, and what to write. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Does work that reads what the user wrote. Its errors become a `UsageError`. */
export function orUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error), { cause: error });
  }
}
