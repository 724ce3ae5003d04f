import { codeOf, isObject } from "../base/foreign.ts";

/** The code of what a store answers to every change that takes none, such as a seed. */
export const READ_ONLY = "READ_ONLY_STORE";

/** Whether a store has refused a change for good: there is no use in asking it again. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === READ_ONLY || (isObject(error) && "cause" in error && codeOf(error.cause) === READ_ONLY);
}
