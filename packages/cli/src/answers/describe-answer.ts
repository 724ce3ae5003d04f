import { showDuration } from "../terminal/show-duration.ts";

/** What the line on standard error says about an answer. Durations are milliseconds. */
export interface Described {
  readonly source: "cache" | "loader" | "backup";
  readonly stale: boolean;
  readonly age: number;
  /** How long a backup stands in before the source is asked again. */
  readonly standsInFor?: number | undefined;
  /** Why a backup stands in, if this process knows. */
  readonly failure?: Error | undefined;
}

/** The line on standard error, such as `backup, 2h 13m old, stands in for 2m 30s: command exited with 22`. */
export function describeAnswer({ source, stale, age, standsInFor, failure }: Described): string {
  const old = `${showDuration(age)} old`;
  if (!stale) return source === "loader" ? "loaded now" : `cache, ${old}`;
  const until = standsInFor === undefined || standsInFor <= 0 ? "" : `, stands in for ${showDuration(standsInFor)}`;
  const why = failure === undefined ? "" : `: ${failure.message}`;
  return `${source === "cache" ? "backup from the cache" : "backup"}, ${old}${until}${why}`;
}
