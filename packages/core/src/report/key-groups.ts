import { isPromiseLike } from "../base/async.ts";
import { messageOf } from "./errors.ts";
import { warnOnce } from "./warnings.ts";

/** The group of the keys that `keyGroup` has no name for, and of those that come once there are too many groups. */
export const OTHER = "other";

const LONGEST_GROUP = 100;

/** A function of the user's, asked within a get: whatever it does, the get goes on. */
export function groupBy(keyGroup: (key: string) => unknown, key: string): string {
  try {
    const group = keyGroup(key);
    if (typeof group === "string" && group !== "") return group.length <= LONGEST_GROUP && group.isWellFormed() ? group : group.slice(0, LONGEST_GROUP).toWellFormed();
    if (isPromiseLike(group)) Promise.resolve(group).catch(() => {}); // nobody waits for it
  } catch (error) {
    warnOnce("LASTGOOD_KEY_GROUP", `keyGroup threw, so the key counts in the group "${OTHER}": ${messageOf(error)}`);
  }
  return OTHER;
}
