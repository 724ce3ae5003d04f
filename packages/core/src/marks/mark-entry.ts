import { Entry } from "../entry/entry.ts";
import { MARK_VALUE } from "../entry/record-format.ts";

/** The entry of a mark. Its stamp is all that it says. */
export function markEntry(version: number, expiresAt: number, isStandIn: boolean): Entry {
  return new Entry(MARK_VALUE, version, expiresAt, isStandIn);
}
