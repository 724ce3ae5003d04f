/**
 * The same options, with durations that nobody has checked before the process under test does.
 *
 * @template Options
 * @typedef {{ [Name in keyof Options]: Options[Name] | (Extract<Options[Name], string> extends never ? never : string) }} AsText
 */

/**
 * What a process under test is told, and how long it may take for a get.
 *
 * @typedef {import("@lastgood/core").DatastoreOptions} DatastoreOptions
 * @typedef {AsText<import("@lastgood/core").GetOptions>} GetOptions
 *
 * @typedef {AsText<Omit<Partial<DatastoreOptions>, "cache" | "backup" | "codec" | "validate">> & {
 *   codec?: "json" | "compressed" | "encrypted",
 *   keepsSize?: boolean,
 * }} SubjectOptions What JSON can say of the options of a datastore. `keepsSize`: an answer that has shrunk is not valid.
 *
 * @typedef {object} Setup
 * @property {SubjectOptions} [options]
 * @property {readonly string[]} [adapters] Modules of further adapters: every export is a factory.
 * @property {boolean} [verbose] All that events say is written down.
 * @property {boolean} [fleet] It is one of several, which are judged together: each load is written down, and each time in which it did not run.
 * @property {number} [aheadMs] By how much its clock is ahead of the others, or behind if it is negative.
 *
 * @typedef {{ do: "source", set: { state?: string, size?: number, url?: string } }
 *   | { do: "get", keys: readonly string[], withinMs: number, options: GetOptions }
 *   | { do: "work", keys: readonly string[], withinMs: number, options: GetOptions, pauseMs: number }
 *   | { do: "rest" }
 *   | { do: "block", ms: number }
 *   | { do: "change", method: "set" | "expire" | "delete", key: string, options: GetOptions }
 *   | { do: "clock", aheadMs: number }
 *   | { do: "call", method: string, args: readonly unknown[] }
 *   | { do: "close" }} Order
 */

/** Short, so that a fault takes seconds. */
export const DEFAULTS = { ttl: "150ms", timeout: "500ms", cacheTimeout: "300ms", backupTimeout: "1s", backupWait: "1s" };

/** For a machine that does other things as well: no promise is made about that. */
const BUSY_MS = 10_000;

/**
 * The cache is asked, the lease waited for, the load takes its time, two records are read at most, the cache is written and the backup waited for.
 * @param {SubjectOptions} options
 * @param {number} [busyMs]
 */
export function deadlineOf(options, busyMs = BUSY_MS) {
  const { timeout, cacheTimeout, backupTimeout, backupWait, lease = "0ms" } = { ...DEFAULTS, ...options };
  const stores = 2 * milliseconds(cacheTimeout) + 2 * milliseconds(backupTimeout) + milliseconds(backupWait);
  return milliseconds(lease) + milliseconds(timeout) + stores + busyMs;
}

/** @param {unknown} duration Such as "500ms". */
function milliseconds(duration) {
  const [, amount, unit] = /^(\d+)(ms|s|m)?$/.exec(String(duration)) ?? [];
  if (amount === undefined) throw new RangeError(`a duration in a fault is like "500ms", "2s" or "1m", not ${String(duration)}`);
  return Number(amount) * (unit === "m" ? 60_000 : unit === "s" ? 1_000 : 1);
}
