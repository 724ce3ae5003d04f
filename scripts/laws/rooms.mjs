/** Laws about rooms: the folders under src of core and of the command line. */

import { posix } from "node:path";
import { usesOfMethods } from "../lib/method-uses.mjs";
import { isRelative } from "./imports.mjs";

/**
 * @typedef {import("../lib/repository.mjs").Law} Law
 * @typedef {import("../lib/repository.mjs").Repository} Repository
 *
 * @typedef {object} House A package whose folders have levels.
 * @property {string} name
 * @property {string} source
 * @property {ReadonlyMap<string, number>} levels Rooms that share a level do not know each other.
 *
 * @typedef {object} Edge One file of a house imports another.
 * @property {string} from
 * @property {string} to
 * @property {number} line
 */

/** @type {House} */
const core = {
  name: "core",
  source: "packages/core/src/",
  levels: new Map([
    ["", 9],
    ["get", 8],
    ["load", 7],
    ["outage", 6],
    ["levels", 6],
    ["marks", 6],
    ["cache", 5],
    ["backup", 5],
    ["mirror", 5],
    ["options", 5],
    ["entry", 4],
    ["adapter", 4],
    ["report", 3],
    ["time", 2],
    ["base", 1],
  ]),
};

/** @type {House} */
const commandLine = {
  name: "cli",
  source: "packages/cli/src/",
  levels: new Map([
    ["", 7],
    ["commands", 6],
    ["copy", 5],
    ["doctor", 5],
    ["records", 4],
    ["answers", 4],
    ["serve", 4],
    ["sources", 3],
    ["stores", 3],
    ["arguments", 2],
    ["pickles", 2],
    ["terminal", 1],
  ]),
};

/** @param {House} house @param {string} file @returns {string} The folder right under src, and "" for src itself. */
function roomOf({ source }, file) {
  const [room = "", ...rest] = file.slice(source.length).split("/");
  return rest.length === 0 ? "" : room;
}

/** @param {string} room */
function title(room) {
  return room === "" ? "src" : `${room}/`;
}

/** @param {House} house @param {Repository} repository */
function sourceFiles({ source }, { files }) {
  return files.filter((file) => file.startsWith(source) && file.endsWith(".ts"));
}

/** @param {House} house @param {Repository} repository @param {string} file @returns {Edge[]} Imports that leave src are for another law. */
function edgesOf({ source }, { importsOf }, file) {
  return importsOf(file).flatMap(({ from, line }) => {
    if (from === undefined || !isRelative(from)) return [];
    const to = posix.join(posix.dirname(file), from);
    return to.startsWith(source) ? [{ from: file, to, line }] : [];
  });
}

/** @param {House} house @returns {Law} */
const everyRoomHasALevel = (house) => ({
  name: `every folder of ${house.name} has a level`,
  *violations(repository) {
    for (const file of sourceFiles(house, repository)) {
      const room = roomOf(house, file);
      if (house.levels.has(room)) continue;
      const todo = "Give the folder a level in scripts/laws/rooms.mjs, and a line in CONTRIBUTING.md.";
      yield { file, line: 1, what: `${title(room)} has no level`, todo };
    }
  },
});

/** @param {House} house @returns {Law} */
const everyRoomIsOnTheMap = (house) => ({
  name: `CONTRIBUTING.md has every folder of ${house.name} on its map`,
  *violations(repository) {
    const map = repository.read("CONTRIBUTING.md");
    for (const room of new Set(sourceFiles(house, repository).map((file) => roomOf(house, file)))) {
      const link = `[\`${room}/\`](${house.source}${room})`;
      if (room === "" || map.includes(link)) continue;
      yield { file: "CONTRIBUTING.md", line: 1, what: `${room}/ is not on the map of ${house.name}`, todo: `Say there what is in ${link}.` };
    }
  },
});

/** @param {House} house @param {string} importer @param {string} imported */
function mayImport({ levels }, importer, imported) {
  const above = levels.get(importer);
  const below = levels.get(imported);
  return importer === imported || above === undefined || below === undefined || above > below;
}

/** @param {House} house @returns {Law} */
const importsGoDown = (house) => ({
  name: `a file of ${house.name} imports from its own folder or from a lower level`,
  *violations(repository) {
    const edges = sourceFiles(house, repository).flatMap((file) => edgesOf(house, repository, file));
    for (const { from, to, line } of edges) {
      if (mayImport(house, roomOf(house, from), roomOf(house, to))) continue;
      yield {
        file: from,
        line,
        what: `${title(roomOf(house, from))} imports ${to.slice(house.source.length)}`,
        todo: "Move what both need to a lower level, or hand it in from above.",
      };
    }
  },
});

/** @param {House} house @returns {Law} */
const noCircles = (house) => ({
  name: `no file of ${house.name} imports itself, directly or through others`,
  *violations(repository) {
    const files = sourceFiles(house, repository);
    const edges = new Map(files.map((file) => [file, edgesOf(house, repository, file)]));
    for (const file of files) {
      const circle = shortestCircle(file, edges);
      // Each circle is told of once, by the first of its files.
      if (circle === undefined || circle.some(({ from }) => from < file)) continue;
      const way = [file, ...circle.map(({ to }) => to)].map((name) => name.slice(house.source.length)).join(" → ");
      const todo = "Move what both need to a file of its own, or take an interface.";
      yield { file, line: circle[0]?.line ?? 1, what: `imports go in a circle: ${way}`, todo };
    }
  },
});

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

const MOST_FILES = 12;
const MOST_LINES = 200;

/** @type {Law} */
const smallRooms = {
  name: `a folder of core has at most ${MOST_FILES} files`,
  *violations(repository) {
    const files = sourceFiles(core, repository);
    // `src` itself holds the public surface, one file a name.
    const folders = new Set(files.map((file) => posix.dirname(file)).filter((folder) => `${folder}/` !== core.source));
    for (const folder of folders) {
      const count = files.filter((file) => posix.dirname(file) === folder).length;
      const todo = `Divide it: at most ${MOST_FILES} are read at a glance.`;
      if (count > MOST_FILES) yield { file: folder, line: 1, what: `this folder has ${count} files`, todo };
    }
  },
};

/** @type {Law} */
const smallFiles = {
  name: `a file of core has at most ${MOST_LINES} lines`,
  *violations(repository) {
    for (const file of sourceFiles(core, repository)) {
      const lines = repository.read(file).split("\n").length - 1;
      if (lines > MOST_LINES) yield { file, line: lines, what: `this file has ${lines} lines`, todo: "Divide it by what it does." };
    }
  },
};

const CONTRACT = `${core.source}adapter/contract.ts`;

/** @type {readonly { interfaces: readonly string[], what: string, place: string, also?: string, todo: string }[]} */
const callers = [
  {
    interfaces: ["BackupAdapter"],
    what: "a backup adapter",
    place: `${core.source}backup/guarded-backup.ts`,
    // Which is an adapter itself, made of others.
    also: `${core.source}mirror/`,
    todo: "Ask GuardedBackup, which adds the id, the deadline and the error.",
  },
  {
    interfaces: ["CacheMethods", "ValueCacheAdapter", "ByteCacheAdapter"],
    what: "a cache adapter",
    place: `${core.source}cache/`,
    todo: "Ask Cache, which adds the id, the deadline and the error.",
  },
];

/** @type {readonly Law[]} */
const oneCaller = callers.map(({ interfaces, what, place, also, todo }) => ({
  name: `only ${place.slice(core.source.length)} calls ${what}`,
  *violations(repository) {
    const files = sourceFiles(core, repository);
    if (!files.includes(CONTRACT)) return;
    for (const { file, line, method } of usesOfMethods(repository, files, CONTRACT, interfaces)) {
      const mayCall = file.startsWith(place) || (also !== undefined && file.startsWith(also));
      if (!mayCall) yield { file, line, what: `this is ${what}'s own ${method}`, todo };
    }
  },
}));

/** @type {readonly Law[]} */
export const roomLaws = [
  ...[core, commandLine].flatMap((house) => [everyRoomHasALevel(house), everyRoomIsOnTheMap(house), importsGoDown(house), noCircles(house)]),
  smallRooms,
  smallFiles,
  ...oneCaller,
];
