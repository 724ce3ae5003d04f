import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Contents, recognised, surplusOf } from "../src/contents.ts";
import { markKey, recordKey } from "../src/keys.ts";

const time = fc.nat({ max: 4 });
const times = fc.record({ loadedAt: time, usedAt: time });
const recordOf = (record: Times): string => recordKey("", { id: "id", ...record });
const markOf = (usedAt: number): string => markKey("", { id: "id", usedAt });

interface Times {
  readonly loadedAt: number;
  readonly usedAt: number;
}

/** A listing of these objects. */
function contentsOf(keys: Iterable<string>): Contents {
  const contents = new Contents();
  for (const key of [...keys].sort()) {
    const object = recognised("", { key, size: 0 });
    if (object !== undefined) contents.add(object);
  }
  return contents;
}

function stampsOf(keys: Iterable<string>): number[] {
  return [...new Set(contentsOf(keys).records.map(({ loadedAt }) => loadedAt))];
}

/** A write, request by request. It looks before its record is there or, if its PUT was slow, after. */
function* writing(bucket: Set<string>, record: Times, looksFirst: boolean): Generator<void, void, undefined> {
  const before = contentsOf(bucket);
  yield;
  bucket.add(recordOf(record));
  yield;
  const seen = looksFirst ? before : contentsOf(bucket);
  seen.insert({ id: "id", ...record, key: recordOf(record), size: 0 });
  yield;
  const { keys, carriesUse } = surplusOf(seen, 2);
  if (carriesUse) bucket.add(markOf(seen.usedAt));
  for (const key of keys) {
    yield;
    bucket.delete(key);
  }
}

/** A touch, request by request. */
function* touching(bucket: Set<string>, usedAt: number): Generator<void, void, undefined> {
  const seen = contentsOf(bucket);
  yield;
  if (usedAt <= seen.usedAt) return;
  bucket.add(markOf(usedAt));
  for (const { key } of seen.marks) {
    yield;
    bucket.delete(key);
  }
}

describe("what may go", () => {
  const someKeys = fc
    .tuple(fc.array(times, { minLength: 1, maxLength: 6 }), fc.array(time, { maxLength: 4 }))
    .map(([records, marks]) => new Set([...records.map(recordOf), ...marks.map(markOf)]));

  it("the surplus is everything but one record of each of the newest stamps", () => {
    fc.assert(
      fc.property(someKeys, fc.integer({ min: 2, max: 4 }), (bucket, generations) => {
        const surplus = new Set(surplusOf(contentsOf(bucket), generations).keys);
        const left = contentsOf([...bucket].filter((key) => !surplus.has(key)));
        expect(left.records.map(({ loadedAt }) => loadedAt)).toEqual(stampsOf(bucket).slice(0, generations));
      }),
    );
  });

  it("there is no surplus once it has been removed", () => {
    fc.assert(
      fc.property(someKeys, times, fc.boolean(), (bucket, record, looksFirst) => {
        for (const _ of writing(bucket, record, looksFirst));
        expect(surplusOf(contentsOf(bucket), 2)).toEqual({ keys: [], carriesUse: false });
      }),
    );
  });
});

describe("writes and touches of one id at once", () => {
  const write = fc.record({ loadedAt: time, usedAt: time, looksFirst: fc.boolean() });
  const operations = fc.array(fc.oneof(write, time), { minLength: 1, maxLength: 8 });
  /** The next of the unfinished calls to make a step. */
  const turns = fc.infiniteStream(fc.nat({ max: 7 }));

  it("writes and touches of one id at once lose neither the newest two records nor the latest use", () => {
    fc.assert(
      fc.property(times, operations, turns, (first, all, whose) => {
        const bucket = new Set<string>();
        for (const _ of writing(bucket, first, true));
        const acknowledged: (Times | number)[] = [first];
        const workers = all.map((each) => ({ each, steps: typeof each === "number" ? touching(bucket, each) : writing(bucket, each, each.looksFirst) }));
        while (workers.length > 0) {
          const index = (whose.next().value ?? 0) % workers.length;
          const worker = workers[index];
          if (worker?.steps.next().done === true) {
            acknowledged.push(worker.each);
            workers.splice(index, 1);
          }
          expect(lostFrom(bucket, acknowledged)).toBe("nothing");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  function lostFrom(bucket: Set<string>, acknowledged: readonly (Times | number)[]): string {
    const uses = acknowledged.map((each) => (typeof each === "number" ? each : each.usedAt));
    const stamps = acknowledged.flatMap((each) => (typeof each === "number" ? [] : [each.loadedAt]));
    const newestTwo = [...new Set(stamps)].sort((a, b) => b - a).slice(0, 2);
    const held = stampsOf(bucket);
    if (newestTwo.some((stamp, index) => (held[index] ?? -1) < stamp)) return `a record: ${newestTwo} are due, and there are ${held}`;
    if (contentsOf(bucket).usedAt < Math.max(...uses)) return `a use at ${Math.max(...uses)}`;
    return "nothing";
  }
});
