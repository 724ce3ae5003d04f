/**
 * An error that may be shown to anybody. Those of ioredis have the command with its arguments hung on them, which are
 * payloads and passwords, so none of them is passed on, not as a cause either. And some servers repeat the arguments of a
 * command that they do not know.
 */
export function safeError(error: unknown): Error {
  return new Error(reasonOf(error).replace(/,? with args beginning with.*$/is, ""));
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A Cluster says that all nodes failed, and keeps to itself of what.
  if ("lastNodeError" in error && error.lastNodeError instanceof Error) return `${error.message} ${reasonOf(error.lastNodeError)}`;
  if (error.message !== "") return error.message;
  // A host with several addresses, none of which answered: the message is empty.
  return "code" in error ? String(error.code) : error.name;
}
