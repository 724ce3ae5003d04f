import { DatastoreError } from "../report/errors.ts";

/** Whether it is the cache that fails, and not one record or value. */
export function isOfTheStore(error: unknown): boolean {
  return !(error instanceof DatastoreError) || (error.code !== "UNREADABLE" && error.code !== "UNSERIALIZABLE");
}
