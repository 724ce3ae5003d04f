import { codeOf, messageOf } from "@lastgood/core/adapter";

/** What was there a moment ago has been removed: pruned, deleted or swept, here or (ESTALE) on another NFS client. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ESTALE";
}

/** What `work` resolves with, or `undefined` if what it looks for is not there. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Starts over, at most ten times, while others remove the files that it works on. */
export async function despiteRemovals<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 10; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !isGone(error)) throw error;
    }
  }
}

/** Adds the path to an error of an open file, which does not name one, and keeps the code. */
export async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw Object.assign(new Error(`${path}: ${messageOf(cause)}`, { cause }), { code: codeOf(cause) });
  }
}
