import { isPromiseLike } from "../base/async.ts";
import { messageOf } from "./errors.ts";
import { warnOnce } from "./warnings.ts";

/** The group of keys for which `keyGroup` has no name, and of all new groups once there are too many. */
export const OTHER = "other";

const LONGEST_GROUP = 100;

/** Calls the user's function. It runs within a get, which goes on whatever the function does. */
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
