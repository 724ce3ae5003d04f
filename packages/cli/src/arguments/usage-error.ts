/** The command line was not understood. The message names the part that was not, what is wrong with it, and what to write. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
