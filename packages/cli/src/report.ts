import { showDuration } from "./durations.ts";

/** What was answered, as far as the one line on standard error tells of it. Durations are milliseconds. */
export interface Reported {
  readonly source: "cache" | "loader" | "backup";
  readonly stale: boolean;
  readonly age: number;
  /** How long a backup stands in before the source is asked again. */
  readonly standsInFor?: number | undefined;
  /** Why a backup stands in, where this process knows. */
  readonly failure?: Error | undefined;
}

/** Such as `backup, 2h 13m old, stands in for 2m 30s: command exited with 22`. */
export function describeAnswer({ source, stale, age, standsInFor, failure }: Reported): string {
  const old = `${showDuration(age)} old`;
  if (!stale) return source === "loader" ? "loaded now" : `cache, ${old}`;
  const until = standsInFor === undefined || standsInFor <= 0 ? "" : `, stands in for ${showDuration(standsInFor)}`;
  const why = failure === undefined ? "" : `: ${failure.message}`;
  return `${source === "cache" ? "backup from the cache" : "backup"}, ${old}${until}${why}`;
}

/** Says something about a key, or about lastgood itself, on standard error. */
export function say(text: string, key?: string): void {
  const line = key === undefined ? `lastgood: ${text}` : `lastgood: ${key}: ${text}`;
  process.stderr.write(`${onOneLine(line)}\n`);
}

/** Keys and messages may hold anything, and a log that is read line by line must not be led astray. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
