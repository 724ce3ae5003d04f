import { codeOf, messageOf } from "@lastgood/core/adapter";

/**
 * An error that may be shown to anybody. Those of ioredis have the command with its arguments hung on them, which are
 * payloads and passwords, so none of them is passed on, not as a cause either. And some servers repeat the arguments of a
 * command that they do not know.
 */
export function safeError(error: unknown): Error {
  return new Error(reasonOf(error).replace(/,? with args beginning with.*$/is, ""));
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  if (typeof error !== "object" || error === null) return message;
  // A Cluster says that all nodes failed, and keeps to itself of what.
  if ("lastNodeError" in error && error.lastNodeError) return `${message} ${reasonOf(error.lastNodeError)}`;
  if (message !== "") return message;
  // A host with several addresses, none of which answered: the message is empty.
  return String(codeOf(error) ?? "unknown error");
}
