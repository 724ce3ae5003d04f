import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  DatastoreError,
  type DatastoreErrorCode,
  DeniedError,
  type EventName,
  GoneError,
  isDatastoreError,
  isDeniedError,
  isGoneError,
} from "../src/index.ts";
import { Events } from "../src/report/events.ts";

// A code or an event that is missing here, or too many, does not compile.
const CODES = {
  LOAD_TIMEOUT: true,
  INVALID_VALUE: true,
  LOAD_SLOW: true,
  RECURSIVE_LOAD: true,
  NOTHING_TO_RENEW: true,
  NOT_LOADED: true,
  CLOSED: true,
  STORE_TIMEOUT: true,
  STORE_FAILED: true,
  STORE_PAUSED: true,
  UNREADABLE: true,
  UNSERIALIZABLE: true,
  NOT_DURABLE: true,
} as const satisfies Record<DatastoreErrorCode, true>;

const EVENTS = {
  hit: true,
  miss: true,
  answered: true,
  rejected: true,
  loaded: true,
  loadFailed: true,
  fallback: true,
  recovered: true,
  set: true,
  expired: true,
  deleted: true,
  cacheFailed: true,
  backupFailed: true,
  backupCorrupt: true,
  backupSkipped: true,
  backupWritten: true,
  culled: true,
  storeCalled: true,
  backgroundFailed: true,
} as const satisfies Record<EventName, true>;

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The rows of the table under a heading of core's README: the name in backticks that begins each, and its other cells. */
function table(heading: string): Map<string, readonly string[]> {
  const [, section = ""] = readme.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ");
  const rows = own.matchAll(/^\| `(\w+)` \|(.*)\|$/gm);
  return new Map(Array.from(rows, ([, name = "", cells = ""]) => [name, cells.split("|").map((cell) => cell.trim())]));
}

describe("core's README", () => {
  it("core's README has a row for every error code and for nothing else, each with what it means and what to do", () => {
    const rows = table("Errors");
    expect([...rows.keys()].toSorted()).toEqual(Object.keys(CODES).toSorted());
    for (const cells of rows.values()) expect(cells).toEqual([expect.stringMatching(/\w{3}/), expect.stringMatching(/\w{3}/)]);
  });

  it("core's README has a row for every event and for nothing else, each with what happened and its fields", () => {
    const rows = table("Events");
    expect([...rows.keys()].toSorted()).toEqual(Object.keys(EVENTS).toSorted());
    expect(Object.keys(new Events().topics).toSorted()).toEqual(Object.keys(EVENTS).toSorted());
    for (const cells of rows.values()) expect(cells).toEqual([expect.stringMatching(/\w{3}/), expect.stringMatching(/`\w+`/)]);
  });
});

// What another installed copy of the package makes has the same marks and another class.
const kinds = [
  { name: "DatastoreError", mark: "lastgood.error", kind: DatastoreError, own: new DatastoreError("CLOSED", "closed"), is: isDatastoreError },
  { name: "GoneError", mark: "lastgood.gone", kind: GoneError, own: new GoneError("gone"), is: isGoneError },
  { name: "DeniedError", mark: "lastgood.denied", kind: DeniedError, own: new DeniedError("denied"), is: isDeniedError },
];

describe.each(kinds)("$name", ({ mark, kind, own, is }) => {
  const errorOfAnotherRealm: unknown = runInContext(`Object.defineProperty(new Error("another"), Symbol.for("${mark}"), { value: true })`, createContext());

  it("an error is known by its guard and by instanceof when it is of this copy of the package", () => {
    expect(is(own)).toBe(true);
    expect(own).toBeInstanceOf(kind);
    expect(own).toBeInstanceOf(Error);
  });

  it("an error is known by its guard and by instanceof when another copy of the package made it, in another realm", () => {
    expect(is(errorOfAnotherRealm)).toBe(true);
    expect(errorOfAnotherRealm instanceof kind).toBe(true);
  });

  it("an error of ours is not seen in what is none, whatever was thrown, a proxy that throws at every question included", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const others = kinds.filter((other) => other.kind !== kind).map((other) => other.own);
    for (const other of [...others, new Error("none"), Object.create(null), proxy, "text", 7, null, undefined, () => {}]) {
      expect(is(other)).toBe(false);
      expect(other instanceof kind).toBe(false);
    }
  });

  it("an error has its mark out of sight: it is neither listed nor printed", () => {
    expect(Object.getOwnPropertySymbols({ ...own })).toEqual([]);
  });
});

describe("A class derived from GoneError", () => {
  class Deleted extends GoneError {}

  it("A class derived from GoneError has instances of its own alone, and they say gone", () => {
    expect(new Deleted()).toBeInstanceOf(Deleted);
    expect(isGoneError(new Deleted())).toBe(true);
    expect(new GoneError() instanceof Deleted).toBe(false);
  });
});
