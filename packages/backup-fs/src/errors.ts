import { codeOf, messageOf } from "@lastgood/core/adapter";

/** True if the file has been removed meanwhile: pruned, deleted or swept, here or (ESTALE) by another NFS client. */
function isGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ESTALE";
}

/** Resolves with the result of `work`, or with `undefined` if its file is missing. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Tries again, at most ten times, while other processes remove the files that the attempt needs. */
export async function despiteRemovals<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 10; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !isGone(error)) throw error;
    }
  }
}

/** Adds the path to an error of an open file, which has none, and keeps the code. */
export async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw Object.assign(new Error(`${path}: ${messageOf(cause)}`, { cause }), { code: codeOf(cause) });
  }
}
