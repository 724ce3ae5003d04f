import { describe, expect, it } from "vitest";
import type { FleetNote } from "../src/fleet/judge.mjs";
import { type GetNote, type Note, violations } from "../src/oracle.mjs";
import { makeValue } from "../src/value.mjs";

const MS = 1e6;

/** An answer of a version that was made at that millisecond, to a get that began at `at` and took one millisecond. */
function got(at: number, made: number, more: Partial<GetNote> = {}): GetNote {
  const value = makeValue("key", made * MS);
  return { note: "get", process: 1, order: 1, key: "key", began: at, ended: at + 1, withinMs: 50, value, loadedAt: made, source: "cache", stale: false, ...more };
}

/** A change that took one millisecond. */
function changed(at: number, more: object = {}): FleetNote {
  return { note: "change", process: 2, method: "set", key: "key", version: at * MS, began: at, ended: at + 1, ...more };
}

function loaded(at: number, more: object = {}): FleetNote {
  return { note: "load", process: 2, key: "key", asked: at, began: at, ended: at + 10, version: at * MS, ...more };
}

const bound = (ms: number, at = 0): FleetNote => ({ note: "bound", at, ms });
const kinds = (...log: Note[]): string[] => violations(log).map(({ kind }) => kind);

/** Set at 10, and set anew at 1,000. */
const SETS = [bound(100), changed(10), changed(1_000)];

describe("the judge of fleets finds nothing in", () => {
  it.each<[string, Note[]]>([
    ["an older answer within the bound", [...SETS, got(1_100, 10)]],
    ["an older answer after a change that was not acknowledged", [bound(100), changed(10), changed(1_000, { failure: "it is down" }), got(2_000, 10)]],
    ["an answer that is newer than all that was acknowledged", [bound(100), changed(10), changed(1_000, { failure: "it is down" }), got(2_000, 1_000)]],
    ["an older answer as late as the machine was", [...SETS, { note: "pulse", process: 1, from: 1_050, to: 1_150 }, got(1_200, 10)]],
    ["an older answer as late as the harness was", [...SETS, { note: "pulse", process: 0, from: 1_050, to: 1_150 }, got(1_200, 10)]],
    ["an older answer within a bound that was raised", [...SETS, bound(1_000, 1_500), got(1_900, 10)]],
    ["an answer that was made in the same moment as the other", [bound(100), changed(10), changed(25), got(2_000, 10)]],
    ["an answer that was made while the other one was set, where clocks disagree", [
      bound(100),
      { note: "clock", process: 2, aheadMs: 60_000 },
      changed(10, { ended: 1_005 }),
      changed(1_000),
      got(2_000, 10),
    ]],
    ["a load that was running when the key was expired", [
      bound(100),
      loaded(10),
      got(10, 10, { process: 2, source: "loader", ended: 1_020, withinMs: 2_000 }),
      changed(1_000, { method: "expire" }),
      got(2_000, 10),
    ]],
    ["a stand-in after an expire", [bound(100), changed(10), changed(1_000, { method: "expire" }), got(2_000, 10, { source: "backup", stale: true })]],
    ["a load after which another process has the older value, because a store failed", [
      bound(100),
      changed(10),
      loaded(1_000),
      { note: "event", process: 2, event: "cacheFailed", at: 1_005, key: "key" },
      got(1_000, 1_000, { process: 2, source: "loader", ended: 1_020 }),
      got(2_000, 10),
    ]],
    ["two loads at once while no leases hold", [bound(100), loaded(1_000), loaded(1_005, { process: 3 })]],
    ["two loads of a key, one after the other", [bound(100), { note: "leases", at: 0, hold: true }, loaded(1_000), loaded(1_020, { process: 3 })]],
    ["a get that took long in a frozen process", [bound(100), { note: "frozen", process: 1, from: 1_010, to: 3_000 }, got(1_000, 10, { ended: 3_010 })]],
  ])("the judge of fleets finds nothing in %s", (_, log) => {
    expect(kinds(...log)).toEqual([]);
  });
});

describe("the judge of fleets finds", () => {
  it.each<[string, string, Note[]]>([
    ["outdated", "an older answer after the bound", [...SETS, got(1_102, 10)]],
    ["outdated", "an older answer that no time without a processor explains", [...SETS, { note: "pulse", process: 1, from: 1_050, to: 1_060 }, got(1_200, 10)]],
    ["outdated", "an older answer of a process that was stopped on purpose", [
      ...SETS,
      { note: "frozen", process: 1, from: 1_010, to: 1_190 },
      { note: "pulse", process: 1, from: 1_020, to: 1_191 },
      got(1_200, 10),
    ]],
    ["outdated", "an older value whose set ended after the newer one", [bound(100), changed(10, { ended: 1_500, failure: "it is late" }), changed(1_000), got(2_000, 10)]],
    ["outdated", "an older answer after the bound was lowered", [bound(1_000), changed(10), changed(1_000), bound(100, 1_500), got(1_900, 10)]],
    ["outdated", "a copy that answers after an expire", [bound(100), changed(10), changed(1_000, { method: "expire" }), got(2_000, 10)]],
    ["outdated", "a stand-in after a delete", [bound(100), changed(10), changed(1_000, { method: "delete" }), got(2_000, 10, { source: "backup", stale: true })]],
    ["outdated", "an older answer after a load that every store has taken", [
      bound(100),
      changed(10),
      loaded(1_000),
      got(1_000, 1_000, { process: 2, source: "loader", ended: 1_020 }),
      got(2_000, 10),
    ]],
    ["loaded twice", "two loads at once while leases hold", [bound(100), { note: "leases", at: 0, hold: true }, loaded(1_000), loaded(1_005, { process: 3 })]],
    ["late", "a get that took too long in a process that ran", [bound(100), got(1_000, 10, { ended: 1_051 })]],
    ["not the source's", "an error that is not the loader's", [bound(100), got(1_000, 10, { value: undefined, error: { name: "Error", message: "no", own: false } })]],
  ])("the judge of fleets finds %s: %s", (kind, _, log) => {
    expect(kinds(...log)).toEqual([kind]);
  });
});
