import type { Result } from "@lastgood/core";
import type { Handling } from "./outcome.ts";

const NAME = "lastgood";

/**
 * What a `Cache-Status` header says of a result (RFC 9211): whether it is a hit, and whether it is a backup that stands in.
 *
 * @example
 * const result = await datastore.getResult("feed", loadFeed, "5m");
 * const headers = { "cache-status": cacheStatus(result) }; // "lastgood; hit", "lastgood; hit; detail=backup" or "lastgood; fwd=miss"
 */
export function cacheStatus({ source, stale, metadata }: Pick<Result<unknown>, "source" | "stale" | "metadata">): string {
  const disobeyed = metadata?.["disobeyed"];
  const details = [...(stale ? ["backup"] : []), ...(disobeyed === undefined ? [] : [`ignored ${disobeyed}`])];
  return statusOf({ forwarded: source === "loader" && !stale ? "miss" : undefined, details });
}

/** The member of this cache in a `Cache-Status` field. */
export function statusOf({ forwarded, forwardedStatus, stored, collapsed, freshLeft, details = [] }: Handling): string {
  let status = `${NAME}; ${forwarded === undefined ? "hit" : `fwd=${forwarded}`}`;
  if (forwardedStatus !== undefined) status += `; fwd-status=${forwardedStatus}`;
  if (freshLeft !== undefined && Number.isFinite(freshLeft)) status += `; ttl=${Math.trunc(freshLeft / 1_000)}`;
  if (stored) status += "; stored";
  if (collapsed) status += "; collapsed";
  return details.length === 0 ? status : `${status}; detail=${asItem(details.join(", "))}`;
}

/** A token where it is one, else a string (RFC 8941, section 3.3). */
function asItem(text: string): string {
  return /^[A-Za-z*][\w!#$%&'*+.^`|~:/-]*$/.test(text) ? text : `"${text.replaceAll(/[^\x20-\x7e]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;
}
