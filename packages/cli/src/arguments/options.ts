/** Options without a value. */
export type FlagName = "allow-empty" | "json" | "quiet" | "force" | "obey" | "disobey" | "dry-run" | "actions";
/** Options with a value. */
export type ValueName =
  | "key"
  | "namespace"
  | "ttl"
  | "fallback-ttl"
  | "max-stale"
  | "timeout"
  | "max-bytes"
  | "match"
  | "ok-exit"
  | "ok-status"
  | "header"
  | "method"
  | "follow"
  | "listen"
  | "workers"
  | "max-request"
  | "stale-exit"
  | "cull-time"
  | "generation"
  | "backup"
  | "cache";
export type OptionName = FlagName | ValueName;

interface OptionDescription {
  /** The placeholder for the value in the help. A flag has none. */
  readonly value?: string;
  /** Whether the option may be given more than once. */
  readonly repeats?: true;
  readonly help: string;
}

/** What `--json` means to `run` and `fetch`, which print what the source has answered. */
export const JSON_ANSWERS: Readonly<Partial<Record<OptionName, string>>> = { json: "refuse an answer that is not JSON in UTF-8" };

/** Every option of every command. */
export const OPTIONS: Readonly<Record<OptionName, OptionDescription>> = {
  key: { value: "KEY", help: "the name of the answer: any string; --key=-x for one that begins with -" },
  namespace: { value: "NAME", repeats: true, help: "the namespace of the key; repeat it for one inside another" },
  ttl: { value: "TIME", help: "how long an answer is fresh (5m); 0 always asks the source" },
  "fallback-ttl": { value: "TIME", help: "how long a backup stands in before the source is asked again (half of --ttl)" },
  "max-stale": { value: "TIME", help: "a backup older than this does not stand in (no limit)" },
  timeout: { value: "TIME", help: "a source that takes longer has failed, and is stopped (30s)" },
  "max-bytes": { value: "SIZE", help: "refuse an answer larger than this (64M)" },
  "allow-empty": { help: "accept an empty answer" },
  json: { help: "print JSON for programs" },
  match: { value: "REGEX", help: "refuse an answer that does not match; ^ and $ are its ends, . is any character" },
  "ok-exit": { value: "CODES", help: "exit codes that come with an answer (0), such as 0,1 for diff and grep" },
  "ok-status": { value: "CODES", help: "statuses besides successes that come with an answer, such as 404" },
  header: { value: "HEADER", repeats: true, help: "a header to send, such as 'Accept: text/plain'; repeat it for more" },
  method: { value: "METHOD", help: "GET or HEAD (GET); the answer to HEAD is the status and the headers" },
  follow: { value: "NUMBER", help: "how many redirects to follow (20)" },
  obey: { help: "obey what the server says about caching: no-store, max-age, must-revalidate, stale-if-error" },
  disobey: { help: "store answers and let them stand in whatever the server says about caching" },
  listen: { value: "ADDRESS", help: "HOST:PORT or PORT to listen on (127.0.0.1:8080); port 0 takes a free one" },
  workers: { value: "NUMBER", help: "how many processes answer (1)" },
  "max-request": { value: "SIZE", help: "refuse a request with a body larger than this (no limit)" },
  "stale-exit": { value: "CODE", help: "exit with this code when a backup stands in (0)" },
  quiet: { help: "say nothing on standard error while answers are fresh" },
  "cull-time": { value: "TIME", help: "delete backups unused for this long (30d)" },
  "dry-run": { help: "list what a cull would delete, and delete nothing" },
  generation: { value: "NUMBER", help: "which record of the key: 1 is the newest" },
  actions: { help: "let people expire, delete and restore on the page" },
  force: { help: "delete even more than half of the backups" },
  backup: {
    value: "PLACE",
    help: "file:DIRECTORY, sqlite:FILE, s3://BUCKET/PREFIX or postgres://HOST/DB; several with commas ($LASTGOOD_BACKUP_URL, else sqlite:~/.local/state/lastgood/backups.db)",
  },
  cache: { value: "PLACE", help: "FILE, sqlite:FILE or file:DIRECTORY ($LASTGOOD_CACHE_URL, else a file in ~/.cache/lastgood)" },
};

export const PLACE_OPTIONS: readonly OptionName[] = ["backup", "cache"];

/** The options of commands whose argument is a key. */
export const KEY_OPTIONS: readonly OptionName[] = ["key", "namespace", ...PLACE_OPTIONS];

/** The options of `run` and `fetch`. */
export const ANSWER_OPTIONS: readonly OptionName[] = [
  "key",
  "namespace",
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
