import { describe, expect, it } from "vitest";
import { type GetNote, type Note, violations } from "../src/oracle.mjs";
import { makeValue } from "../src/value.mjs";

/** An answer to a get that began at `at` and took one millisecond. */
function answered(at: number, version: number, more: Partial<GetNote> = {}): GetNote {
  const value = makeValue("key", version);
  return { note: "get", process: 1, order: 1, key: "key", began: at, ended: at + 1, withinMs: 100, value, loadedAt: version, source: "loader", stale: false, ...more };
}

function failed(at: number, name: string, own = true): GetNote {
  return { note: "get", process: 1, order: 1, key: "key", began: at, ended: at + 1, withinMs: 100, error: { name, message: "it is down", own } };
}

function ended(more: object): Note {
  return { note: "exit", process: 1, asked: true, how: "code 0", left: [], ...more };
}

const kinds = (...log: Note[]): string[] => violations(log).map(({ kind }) => kind);

describe("the oracle finds nothing in", () => {
  it.each<[string, Note[]]>([
    ["answers that become newer", [answered(0, 1), answered(2, 1, { source: "cache" }), answered(4, 2), ended({})]],
    ["an older answer to a caller who asked before there was a newer one", [answered(0, 2, { ended: 20 }), answered(10, 1, { ended: 30 })]],
    ["an error before there was an answer", [failed(0, "Error"), answered(2, 1)]],
    ["an error of a caller who asked before there was an answer", [answered(0, 1, { ended: 20 }), failed(10, "Error")]],
    ["errors after the source has said that the key is gone", [answered(0, 1), failed(2, "GoneError"), failed(4, "Error")]],
    ["a source that denies", [answered(0, 1), failed(2, "DeniedError")]],
    ["a source that has nothing to give", [answered(0, 1, { value: undefined })]],
    ["an older answer than one that no store can keep", [answered(0, 1), answered(2, 2, { unkept: true }), answered(4, 1)]],
    ["the end of a process that was killed", [ended({ asked: false, how: "signal SIGKILL", left: ["tmp-1"] })]],
  ])("the oracle finds nothing in %s", (_, log) => {
    expect(kinds(...log)).toEqual([]);
  });
});

describe("the oracle finds", () => {
  const [whole, other] = [makeValue("key", 1), makeValue("key", 2)];

  it.each<[string, Note[]]>([
    ["torn", [answered(0, 1, { value: { ...whole, filler: other.filler } })]],
    ["torn", [answered(0, 1, { value: "garbage" })]],
    ["torn", [answered(0, 1, { value: undefined, source: "backup", stale: true })]],
    ["foreign", [answered(0, 1, { value: makeValue("another", 1) })]],
    ["older", [answered(0, 2), answered(2, 1)]],
    ["error", [answered(0, 1), failed(2, "Error")]],
    ["not the source's", [failed(0, "DatastoreError", false)]],
    ["late", [answered(0, 1, { ended: 101 })]],
    ["rejuvenated", [answered(0, 1), answered(2, 1, { loadedAt: 2, source: "cache" })]],
    ["unmarked", [answered(0, 1, { source: "backup" })]],
    ["unhandled", [{ note: "trouble", process: 1, trouble: "a warning", message: "MaxListeners" }]],
    ["did not end", [ended({ how: "signal SIGKILL" })]],
    ["left over", [ended({ left: ["tmp-1"] })]],
  ])("the oracle finds what is %j in log %#", (kind, log) => {
    expect(kinds(...log)).toEqual([kind]);
  });

  it("the oracle holds the outage of one key against no other key", () => {
    expect(kinds(answered(0, 1, { key: "another", value: makeValue("another", 1) }), failed(2, "Error"))).toEqual([]);
  });
});
