/**
 * What happens to the source, one step after the other, and what a reader has been promised.
 *
 * @typedef {object} Step
 * @property {string} what What is done to the source, and to what the reader keeps.
 * @property {(world: World) => Promise<unknown>} [act] Does it.
 * @property {boolean} [expire] Whether the cached answer is expired first, by the command made for it.
 * @property {string} [key] Of the answer; that of the feed if left out.
 * @property {string} promise
 * @property {number | "nothing"} edition The edition of the feed that the reader must get, byte for byte.
 * @property {Said} says What standard error must say.
 * @property {number} asked How many requests the source must see.
 * @property {"own"} [exit] The source's own exit code must come through; 0 if left out.
 *
 * @typedef {"loaded" | "cache" | "cachedBackup" | "refused" | "status" | "hang" | "reset" | "garbage" | "empty" | "nothing"} Said
 *
 * @typedef {object} World
 * @property {import("./source.mjs").Source} source
 * @property {(edition: number) => Promise<void>} publish
 * @property {() => Promise<void>} flush
 *
 * @typedef {object} Reader One way to read the feed by the command line.
 * @property {string} title
 * @property {string} backup
 * @property {(key: string, url: string) => readonly string[]} args
 * @property {number} exitWhenRefused
 * @property {Readonly<Record<Said, RegExp>>} says
 */

/** @type {readonly Step[]} */
export const STEPS = [
  {
    what: "The source is healthy. Nothing has been kept yet",
    promise: "the feed comes from the source",
    edition: 1,
    says: "loaded",
    asked: 1,
  },
  {
    what: "Asked again within the ttl of 10 minutes",
    promise: "the feed comes from the cache, and the source is not asked",
    edition: 1,
    says: "cache",
    asked: 0,
  },
  {
    what: "The server is stopped, so that connections are refused, and the cached feed expires",
    act: ({ source }) => source.stop(),
    expire: true,
    promise: "the last good feed comes from the backup, and stands in for half the ttl",
    edition: 1,
    says: "refused",
    asked: 0,
  },
  {
    what: "The server is still stopped",
    promise: "the feed that stands in comes from the cache, which still says what it is",
    edition: 1,
    says: "cachedBackup",
    asked: 0,
  },
  {
    what: "The server is still stopped, and the cache is flushed: its files are removed",
    act: ({ flush }) => flush(),
    promise: "the backup does not live in the cache, and answers",
    edition: 1,
    says: "refused",
    asked: 0,
  },
  {
    what: "The server is started again, and answers with status 500",
    act: ({ source }) => source.behave("status 500"),
    expire: true,
    promise: "the last good feed comes from the backup",
    edition: 1,
    says: "status",
    asked: 1,
  },
  {
    what: "The server accepts the request and never answers",
    act: ({ source }) => source.behave("hang"),
    expire: true,
    promise: "the last good feed comes from the backup once --timeout is over",
    edition: 1,
    says: "hang",
    asked: 1,
  },
  {
    what: "The server sends half of the feed and resets the connection",
    act: ({ source }) => source.behave("reset"),
    expire: true,
    promise: "no half of a feed: the last good one comes from the backup, whole",
    edition: 1,
    says: "reset",
    asked: 1,
  },
  {
    what: "The server answers with status 200 and a page that is no feed",
    act: ({ source }) => source.behave("garbage"),
    expire: true,
    promise: "what does not --match is refused, and does not replace the last good feed",
    edition: 1,
    says: "garbage",
    asked: 1,
  },
  {
    what: "The server answers with status 200 and nothing at all",
    act: ({ source }) => source.behave("empty"),
    expire: true,
    promise: "nothing is refused, and does not replace the last good feed",
    edition: 1,
    says: "empty",
    asked: 1,
  },
  {
    what: "The server is healthy again, with a newer edition of the feed",
    act: async ({ source, publish }) => {
      await publish(2);
      await source.behave("healthy");
    },
    expire: true,
    promise: "the newer feed comes from the source",
    edition: 2,
    says: "loaded",
    asked: 1,
  },
  {
    what: "The server is stopped once more, and the cached feed expires",
    act: ({ source }) => source.stop(),
    expire: true,
    promise: "the newer feed comes from the backup",
    edition: 2,
    says: "refused",
    asked: 0,
  },
  {
    what: "The server is still stopped, and another key is asked for, which has never been loaded",
    key: "other",
    promise: "there is no last good answer: the failure comes through, with the exit code that it has",
    edition: "nothing",
    says: "nothing",
    asked: 0,
    exit: "own",
  },
];

const OPTIONS = ["--ttl", "10m", "--timeout", "5s", "--match", String.raw`</feed>\s*$`];

/** @type {readonly Reader[]} */
export const READERS = [
  {
    title: "the output of a command, backups in a directory",
    backup: "file:backups",
    args: (key, url) => ["run", "--key", key, ...OPTIONS, "--backup", "file:backups", "--", "node", "fetcher.mjs", url],
    exitWhenRefused: 7,
    says: {
      ...whatEveryReaderSays(),
      refused: lines("fetcher: connect ECONNREFUSED .+", standsIn("command exited with 7")),
      status: lines("fetcher: the server answered 500", standsIn("command exited with 22")),
      reset: lines("fetcher: the body broke off", standsIn("command exited with 18")),
      nothing: lines("fetcher: connect ECONNREFUSED .+", "lastgood: other: no backup to stand in: command exited with 7"),
    },
  },
  {
    title: "the body of a URL, backups in SQLite",
    backup: "sqlite:backups.db",
    args: (key, url) => ["fetch", "--key", key, ...OPTIONS, "--backup", "sqlite:backups.db", url],
    exitWhenRefused: 1,
    says: {
      ...whatEveryReaderSays(),
      refused: lines(standsIn("connect ECONNREFUSED .+")),
      status: lines(standsIn("HTTP status 500 Internal Server Error")),
      reset: lines(standsIn("body broke off: .+")),
      nothing: lines("lastgood: other: no backup to stand in: connect ECONNREFUSED .+"),
    },
  },
];

function whatEveryReaderSays() {
  return {
    loaded: lines("lastgood: feed: loaded now"),
    cache: lines("lastgood: feed: cache, .+ old"),
    cachedBackup: lines("lastgood: feed: backup from the cache, .+ old"),
    hang: lines(standsIn(String.raw`took longer than 5s \(--timeout\)`)),
    garbage: lines(standsIn("output was refused: it does not match --match")),
    empty: lines(standsIn(String.raw`output was refused: it is empty \(--allow-empty accepts that\)`)),
  };
}

/** @param {string} why */
function standsIn(why) {
  return `lastgood: feed: backup, .+ old, stands in for 5m: ${why}`;
}

/** These lines and no others. @param {...string} patterns */
function lines(...patterns) {
  return new RegExp(`^${patterns.map((pattern) => `${pattern}\n`).join("")}$`);
}
