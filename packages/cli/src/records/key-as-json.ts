import { shownKey } from "@lastgood/core/adapter";

/** A key in JSON, for people and as stores have it. `null` where no record of it says its name. */
export function keyAsJson(ref: string | undefined): { readonly key: string | null; readonly ref?: string } {
  return ref === undefined ? { key: null } : { key: shownKey(ref), ref };
}
