/**
 * Judges many processes that share a cache, by what was acknowledged in true time: the one clock that all processes of a machine share. What
 * the clocks of lastgood say does not matter here.
 */

import { Lateness } from "./lateness.mjs";

/**
 * @typedef {import("../oracle.mjs").Note} Note
 * @typedef {import("../oracle.mjs").GetNote} GetNote
 *
 * @typedef {object} LoadNote A call of a loader. Times are true times in milliseconds.
 * @property {"load"} note
 * @property {number} process
 * @property {string} key
 * @property {number} asked When the get began whose loader this is.
 * @property {number} began
 * @property {number} ended
 * @property {number} [version] What it gave, if it gave anything.
 *
 * @typedef {object} ChangeNote A call of `set`, `expire` or `delete`.
 * @property {"change"} note
 * @property {number} process
 * @property {"set" | "expire" | "delete"} method
 * @property {string} key
 * @property {number} version Of the value that was set; of an `expire` or `delete`, a version of that moment.
 * @property {number} began
 * @property {number} ended
 * @property {string} [failure] Why it was not acknowledged.
 *
 * @typedef {{ note: "pulse", process: number, from: number, to: number }} PulseNote The process did not run its timers in this time.
 * @typedef {{ note: "frozen", process: number, from: number, to: number }} FrozenNote It was stopped by the harness.
 * @typedef {{ note: "bound", at: number, ms: number }} BoundNote From now on, a get may be answered with what was outdated for so long when it began.
 * @typedef {{ note: "clock", process: number, aheadMs: number }} ClockNote Its clock does not tell the true time.
 * @typedef {{ note: "leases", at: number, hold: boolean }} LeasesNote Whether, from now on, two processes must not load a key at once.
 *
 * @typedef {LoadNote | ChangeNote | PulseNote | FrozenNote | BoundNote | ClockNote | LeasesNote} FleetNote
 *
 * @typedef {object} Acknowledged
 * @property {number} asked What ended before this is older.
 * @property {number} at
 * @property {number} latest The latest `asked` of all until then.
 * @property {boolean} isExpire It keeps the backup, and a load that runs may still cache its value.
 *
 * @typedef {object} Made When a version came to be.
 * @property {number} at What is asked for later has a greater stamp, if all clocks agree.
 * @property {number} over What is asked for later is newer in any case.
 *
 * @typedef {{ get: GetNote, lag: number, bound: number, slack: number }} Lagging
 */

/** How long after a load was asked for it is surely over, where nobody says when it was. */
const OVER_MS = 2_000;

/** How long after the true time a process may read its clock. */
const CLOSE_MS = 20;

/** What has to hold between processes. Each lists what contradicts it. */
export const FLEET_INVARIANTS = {
  /** Nobody gets what was outdated by an acknowledged change for longer than the bound. @param {readonly Note[]} log */
  outdated: (log) => lagging(log).filter(({ lag, bound, slack }) => lag > bound + slack).map(shownLag),

  /** While leases hold, two processes do not load a key at once. @param {readonly Note[]} log */
  "loaded twice": (log) => {
    const holds = inForce(log.filter((note) => note.note === "leases"), (note) => note.hold, false);
    const leased = loads(log).filter(({ began }) => holds(began));
    return leased.filter((load, index) => leased.some((other, before) => before < index && areAtOnce(load, other))).map(shownLoad);
  },

  /** A get ends within its deadline, not counting time in which its process did not run. @param {readonly Note[]} log */
  late: (log) => {
    const lateness = new Lateness(log);
    const overdue = gets(log).filter(({ began, ended, withinMs }) => ended - began > withinMs);
    return overdue.filter(({ process, began, ended, withinMs }) => ended - began > withinMs + lateness.ofAny(process, began, ended)).map(shownGet);
  },
};

/**
 * Every answer that was outdated when its get began, with how long it had been so.
 * @param {readonly Note[]} log
 * @returns {Lagging[]}
 */
export function lagging(log) {
  const boundAt = inForce(log.filter((note) => note.note === "bound"), (note) => note.ms, Infinity);
  const lateness = new Lateness(log);
  const madeOf = makings(log);
  const changes = acknowledged(log);
  return gets(log).flatMap((get) => {
    const { key, began, process } = get;
    const version = versionOf(get);
    if (version === undefined) return [];
    const newer = firstNewer(changes.get(key) ?? [], madeOf(key, version), get);
    if (newer === undefined || newer.at >= began) return [];
    return [{ get, lag: began - newer.at, bound: boundAt(began), slack: lateness.of(process, newer.at, began) }];
  });
}

/** What was acknowledged, by key, in the order of acknowledgement. @param {readonly Note[]} log @returns {Map<string, Acknowledged[]>} */
function acknowledged(log) {
  /** @type {Map<string, Acknowledged[]>} */
  const byKey = new Map();
  for (const { key, ...change } of [...acknowledgedChanges(log), ...acknowledgedLoads(log)]) {
    const group = byKey.get(key);
    if (group) group.push(change);
    else byKey.set(key, [change]);
  }
  for (const group of byKey.values()) {
    group.sort((one, other) => one.at - other.at);
    group.reduce((latest, change) => (change.latest = Math.max(latest, change.asked)), 0);
  }
  return byKey;
}

/** @param {readonly Note[]} log */
function acknowledgedChanges(log) {
  const done = log.filter((note) => note.note === "change").filter(({ failure }) => failure === undefined);
  return done.map(({ key, method, began, ended }) => ({ key, asked: began, at: ended, latest: 0, isExpire: method === "expire" }));
}

/** A load answers its callers even if no store takes its value. So it acknowledges nothing if any store has failed meanwhile. @param {readonly Note[]} log */
function acknowledgedLoads(log) {
  const failures = failuresByProcess(log);
  const starters = new Map(gets(log).map((get) => [`${get.process} ${get.began} ${get.key}`, get]));
  return loads(log).flatMap(({ process, key, asked, version }) => {
    const get = starters.get(`${process} ${asked} ${key}`);
    if (get === undefined || get.source !== "loader" || versionOf(get) !== version) return [];
    const failed = failures.get(process)?.some((at) => at >= asked - 1 && at <= get.ended + 1) ?? false;
    return failed ? [] : [{ key, asked, at: get.ended, latest: 0, isExpire: false }];
  });
}

/** When a store has failed. @param {readonly Note[]} log @returns {Map<number, number[]>} */
function failuresByProcess(log) {
  /** @type {Map<number, number[]>} */
  const byProcess = new Map();
  for (const note of log) {
    if (note.note !== "event" || !/^(?:cache|backup)Failed$/.test(note.event)) continue;
    const times = byProcess.get(note.process);
    if (times) times.push(note.at);
    else byProcess.set(note.process, [note.at]);
  }
  return byProcess;
}

/**
 * A version is a true time: that of its `set`, or of what the source said. Where clocks disagree, only what was asked for after all was over is newer.
 * @param {readonly Note[]} log
 * @returns {(key: string, version: number) => Made}
 */
function makings(log) {
  const areClocksApart = log.some(({ note }) => note === "clock");
  /** @type {Map<string, number>} */
  const known = new Map();
  for (const note of log) {
    if (note.note === "change") known.set(`${note.version} ${note.key}`, note.ended);
    if (note.note === "get" && note.source === "loader") {
      const id = `${versionOf(note)} ${note.key}`;
      known.set(id, Math.max(known.get(id) ?? 0, note.ended));
    }
  }
  return (key, version) => {
    const over = known.get(`${version} ${key}`) ?? version / 1e6 + OVER_MS;
    return { at: areClocksApart ? over : version / 1e6 + CLOSE_MS, over };
  };
}

/** @param {readonly Acknowledged[]} changes @param {Made} made @param {GetNote} get @returns {Acknowledged | undefined} */
function firstNewer(changes, { at, over }, { stale }) {
  if ((changes.at(-1)?.latest ?? 0) <= at) return undefined; // the answer is the newest, as nearly all are
  return changes.find(({ asked, isExpire }) => (isExpire ? asked > over && !stale : asked > at));
}

/**
 * @template {{ at: number }} Said
 * @template T
 * @param {readonly Said[]} notes
 * @param {(note: Said) => T} read
 * @param {T} before
 * @returns {(at: number) => T} What the last note until then says.
 */
function inForce(notes, read, before) {
  return (at) => {
    const last = notes.findLast((note) => note.at <= at);
    return last === undefined ? before : read(last);
  };
}

/** @param {readonly Note[]} log */
function gets(log) {
  return log.filter((note) => note.note === "get");
}

/** @param {readonly Note[]} log */
function loads(log) {
  return log.filter((note) => note.note === "load");
}

/** @param {LoadNote} one @param {LoadNote} other */
function areAtOnce(one, other) {
  return one.key === other.key && one.process !== other.process && one.began < other.ended && other.began < one.ended;
}

/** @param {GetNote} get @returns {number | undefined} */
function versionOf({ value }) {
  const { version } = /** @type {{ version?: unknown }} */ (value ?? {});
  return typeof version === "number" ? version : undefined;
}

/** @param {Lagging} lagging */
function shownLag({ get, lag, bound, slack }) {
  return `${shownGet(get)}; outdated for ${Math.round(lag)} ms, and may be for ${bound} ms and ${Math.round(slack)} ms of scheduling`;
}

/** @param {GetNote} get */
function shownGet({ process, key, began, ended, source, stale, value, error }) {
  const got = error ? `${error.name}: ${error.message}` : `version ${versionOf(/** @type {GetNote} */ ({ value }))} from the ${source}${stale ? ", stale" : ""}`;
  return `process ${process}, ${JSON.stringify(key)}, began at ${Math.round(began)}, after ${Math.round(ended - began)} ms: ${got}`;
}

/** @param {LoadNote} load */
function shownLoad({ process, key, began, ended }) {
  return `process ${process} loaded ${JSON.stringify(key)} from ${Math.round(began)} to ${Math.round(ended)}, as another one did`;
}
