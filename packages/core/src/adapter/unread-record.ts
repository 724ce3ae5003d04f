import { isObject } from "../base/foreign.ts";
import { isDatastoreError } from "../report/errors.ts";

/** What an adapter throws if one record cannot be read, and not the store: an error with the stamp of that record. */
export interface UnreadRecordError {
  readonly loadedAt: number;
}

/** The adapter's error about one record, behind the error of the guard; `undefined` if it is the store that failed. */
export function unreadRecordIn(error: unknown): UnreadRecordError | undefined {
  const cause = isDatastoreError(error) ? error.cause : undefined;
  return hasStamp(cause) ? cause : undefined;
}

function hasStamp(cause: unknown): cause is UnreadRecordError {
  return isObject(cause) && "loadedAt" in cause && typeof cause.loadedAt === "number";
}
