/** Options that are there or not. */
export type FlagName = "allow-empty" | "json" | "quiet" | "force";
/** Options that have a value. */
export type ValueName =
  | "key"
  | "ttl"
  | "fallback-ttl"
  | "max-stale"
  | "timeout"
  | "max-bytes"
  | "match"
  | "stale-exit"
  | "cull-time"
  | "backup"
  | "cache";
export type OptionName = FlagName | ValueName;

interface OptionDescription {
  /** What stands for its value in the help. A flag has none. */
  readonly value?: string;
  readonly help: string;
}

/** Every option of every command. */
export const OPTIONS: Readonly<Record<OptionName, OptionDescription>> = {
  key: { value: "KEY", help: "what the answer is kept under" },
  ttl: { value: "TIME", help: "how long an answer is fresh (5m); 0 always asks the source" },
  "fallback-ttl": { value: "TIME", help: "how long a backup stands in before the source is asked again (half of --ttl)" },
  "max-stale": { value: "TIME", help: "a backup older than this does not stand in (no limit)" },
  timeout: { value: "TIME", help: "a source that takes longer has failed, and is stopped (30s)" },
  "max-bytes": { value: "SIZE", help: "an answer larger than this is refused (64M)" },
  "allow-empty": { help: "an empty answer is as good as any" },
  json: { help: "refuse an answer that is not JSON" },
  match: { value: "REGEX", help: "refuse an answer that does not match; ^ and $ are its beginning and end, and . is any character" },
  "stale-exit": { value: "CODE", help: "exit with this when a backup stood in (0)" },
  quiet: { help: "say nothing on standard error while answers are fresh" },
  "cull-time": { value: "TIME", help: "delete backups unused for this long (30d)" },
  force: { help: "delete even where that takes more than half of the backups" },
  backup: { value: "PLACE", help: "file:DIRECTORY or sqlite:FILE (sqlite:~/.local/state/lastgood/backups.db)" },
  cache: { value: "FILE", help: "where answers are cached (~/.cache/lastgood/cache.db)" },
};

export const PLACE_OPTIONS: readonly OptionName[] = ["backup", "cache"];

export const ANSWER_OPTIONS: readonly OptionName[] = [
  "key",
  "ttl",
  "fallback-ttl",
  "max-stale",
  "timeout",
  "max-bytes",
  "allow-empty",
  "json",
  "match",
  "stale-exit",
  "quiet",
  ...PLACE_OPTIONS,
];
