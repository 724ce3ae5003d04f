/** Laws about the rooms of core: its folders under src. */

import { posix } from "node:path";
import { usesOfMethods } from "../lib/method-uses.mjs";
import { isRelative } from "./imports.mjs";

/**
 * @typedef {import("../lib/repository.mjs").Law} Law
 * @typedef {import("../lib/repository.mjs").Repository} Repository
 *
 * @typedef {object} Edge One file of core imports another.
 * @property {string} from
 * @property {string} to
 * @property {number} line
 */

const SOURCE = "packages/core/src/";

/** The rooms that share a level do not know each other. */
const LEVELS = new Map([
  ["", 8],
  ["get", 7],
  ["outage", 6],
  ["cache", 5],
  ["backup", 5],
  ["options", 5],
  ["entry", 4],
  ["adapter", 4],
  ["report", 3],
  ["base", 2],
]);

/** @param {string} file @returns {string} The folder right under src, and "" for src itself. */
function roomOf(file) {
  const [room = "", ...rest] = file.slice(SOURCE.length).split("/");
  return rest.length === 0 ? "" : room;
}

/** @param {string} room */
function title(room) {
  return room === "" ? "src" : `${room}/`;
}

/** @param {Repository} repository */
function sourceFiles({ files }) {
  return files.filter((file) => file.startsWith(SOURCE) && file.endsWith(".ts"));
}

/** @param {Repository} repository @param {string} file @returns {Edge[]} Imports that leave src are for another law. */
function edgesOf({ importsOf }, file) {
  return importsOf(file).flatMap(({ from, line }) => {
    if (from === undefined || !isRelative(from)) return [];
    const to = posix.join(posix.dirname(file), from);
    return to.startsWith(SOURCE) ? [{ from: file, to, line }] : [];
  });
}

/** @type {Law} */
const everyRoomHasALevel = {
  name: "every folder of core has a level",
  *violations(repository) {
    for (const file of sourceFiles(repository)) {
      const room = roomOf(file);
      if (LEVELS.has(room)) continue;
      const todo = "Give the folder a level in scripts/laws/rooms.mjs, and a line in CONTRIBUTING.md.";
      yield { file, line: 1, what: `${title(room)} has no level`, todo };
    }
  },
};

/** @param {string} importer @param {string} imported */
function mayImport(importer, imported) {
  const above = LEVELS.get(importer);
  const below = LEVELS.get(imported);
  return importer === imported || above === undefined || below === undefined || above > below;
}

/** @type {Law} */
const importsGoDown = {
  name: "a file of core imports from its own folder or from a lower level",
  *violations(repository) {
    for (const { from, to, line } of sourceFiles(repository).flatMap((file) => edgesOf(repository, file))) {
      if (mayImport(roomOf(from), roomOf(to))) continue;
      yield {
        file: from,
        line,
        what: `${title(roomOf(from))} imports ${to.slice(SOURCE.length)}`,
        todo: "Move what both need to a lower level, or hand it in from above.",
      };
    }
  },
};

/** @type {Law} */
const noCircles = {
  name: "no file of core imports itself, directly or through others",
  *violations(repository) {
    const files = sourceFiles(repository);
    const edges = new Map(files.map((file) => [file, edgesOf(repository, file)]));
    for (const file of files) {
      const circle = shortestCircle(file, edges);
      // Each circle is told of once, by the first of its files.
      if (circle === undefined || circle.some(({ from }) => from < file)) continue;
      const way = [file, ...circle.map(({ to }) => to)].map((name) => name.slice(SOURCE.length)).join(" → ");
      const todo = "Move what both need to a file of its own, or take an interface.";
      yield { file, line: circle[0]?.line ?? 1, what: `imports go in a circle: ${way}`, todo };
    }
  },
};

/** @param {string} start @param {ReadonlyMap<string, readonly Edge[]>} edges @returns {Edge[] | undefined} */
function shortestCircle(start, edges) {
  /** @type {Edge[][]} */
  const ways = (edges.get(start) ?? []).map((edge) => [edge]);
  const seen = new Set();
  for (const way of ways) {
    const end = way.at(-1)?.to ?? start;
    if (end === start) return way;
    if (seen.has(end)) continue;
    seen.add(end);
    ways.push(...(edges.get(end) ?? []).map((edge) => [...way, edge]));
  }
  return undefined;
}

const CONTRACT = `${SOURCE}adapter/contract.ts`;

/** @type {readonly { interfaces: readonly string[], what: string, place: string, todo: string }[]} */
const callers = [
  {
    interfaces: ["BackupAdapter"],
    what: "a backup adapter",
    place: `${SOURCE}backup/guarded-backup.ts`,
    todo: "Ask GuardedBackup, which adds the id, the deadline and the error.",
  },
  {
    interfaces: ["CacheMethods", "ValueCacheAdapter", "ByteCacheAdapter"],
    what: "a cache adapter",
    place: `${SOURCE}cache/`,
    todo: "Ask Cache, which adds the id, the deadline and the error.",
  },
];

/** @type {readonly Law[]} */
const oneCaller = callers.map(({ interfaces, what, place, todo }) => ({
  name: `only ${place.slice(SOURCE.length)} calls ${what}`,
  *violations(repository) {
    const files = sourceFiles(repository);
    if (!files.includes(CONTRACT)) return;
    for (const { file, line, method } of usesOfMethods(repository, files, CONTRACT, interfaces)) {
      if (!file.startsWith(place)) yield { file, line, what: `this is ${what}'s own ${method}`, todo };
    }
  },
}));

/** @type {readonly Law[]} */
export const roomLaws = [everyRoomHasALevel, importsGoDown, noCircles, ...oneCaller];
