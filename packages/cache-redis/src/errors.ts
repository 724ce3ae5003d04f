import { codeOf, messageOf } from "@lastgood/core/adapter";

/**
 * An error without secrets. Errors of ioredis carry the command with its arguments, which are payloads and passwords.
 * So they are not passed on, not even as a cause. Some servers also repeat the arguments of an unknown command.
 */
export function safeError(error: unknown): Error {
  return new Error(reasonOf(error).replace(/,? with args beginning with.*$/is, ""));
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  if (typeof error !== "object" || error === null) return message;
  // A Cluster reports only that all nodes failed. The reason is in lastNodeError.
  if ("lastNodeError" in error && error.lastNodeError) return `${message} ${reasonOf(error.lastNodeError)}`;
  if (message !== "") return message;
  // The message is empty if a host has several addresses and none of them answered.
  return String(codeOf(error) ?? "unknown error");
}
