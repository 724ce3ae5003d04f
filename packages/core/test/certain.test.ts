import vm from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodedForCertain } from "../src/entry/codec/certain.ts";
import { assertRoundTrips } from "../src/entry/round-trip.ts";
import { jsonCodec } from "../src/entry/codec/json.ts";
import { structuredCodec } from "../src/entry/codec/structured.ts";
import type { Codec } from "../src/index.ts";

const oddities: readonly [string, () => unknown][] = [
  ["a boxed number that says that it is a plain object", () => Object.setPrototypeOf(new Number(5), Object.prototype)],
  ["a boxed string that says that it is a plain object", () => Object.setPrototypeOf(new String("five"), Object.prototype)],
  ["a property that is not enumerable", () => Object.defineProperty({ shown: 1 }, "hidden", { value: 2 })],
  ["a name beside the elements of a list", () => Object.assign([1, 2], { name: 3 })],
  ["a hidden name beside the elements of a list", () => Object.defineProperty([1, 2], "name", { value: 3 })],
  ["a symbol on an object", () => ({ [Symbol("s")]: 1 })],
  ["a symbol on a long list", () => Object.assign(Array.from({ length: 100 }, () => 1), { [Symbol("s")]: 1 })],
  ["a hole", () => Object.assign([1], { length: 3 })],
  ["a list with a toJSON of its own", () => Object.defineProperty([1], "toJSON", { value: () => [2] })],
  ["an object with a toJSON", () => ({ toJSON: () => 1 })],
  ["a list of a class", () => new (class List extends Array {})(3).fill(1)],
  ["the arguments of a function", () => (function () { return arguments; }).apply(undefined, [1, 2] as never)],
  ["minus zero", () => ({ zero: -0 })],
  ["an infinite number", () => [Infinity]],
  ["undefined", () => ({ here: undefined })],
  ["one object in two places", () => ((one) => [one, one])({})],
  ["a circle", () => { const circle: unknown[] = []; circle.push(circle); return circle; }],
  ["what is nested deeper than any data", () => JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`)],
];

describe("values that are written without being read back", () => {
  it.each([["the default codec", structuredCodec], ["the JSON codec", jsonCodec]])("values that are written without being read back with %s, a value of which that is certain comes back equal, whatever it is", (_, codec) => {
    const options = { withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withNullPrototype: true, withSet: true, withSparseArray: true, withTypedArray: true, withUnicodeString: true } as const;
    let certain = 0;
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.anything(options)), (value) => {
        const bytes = encodedForCertain(codec, value);
        if (bytes === undefined) return;
        certain++;
        assertRoundTrips(value, codec.decode(bytes, { id: "id" }));
      }),
      { numRuns: 3_000 },
    );
    expect(certain).toBeGreaterThan(500);
  });

  it.each(oddities)("%s is not certain to come back", (_, make) => {
    expect(encodedForCertain(structuredCodec, make())).toBeUndefined();
    expect(encodedForCertain(jsonCodec, { within: make() })).toBeUndefined();
  });

  it("an object or a list that inherits a toJSON is not certain to come back", () => {
    const patched = vm.runInNewContext("Object.prototype.toJSON = () => 1; ({ object: { a: 1 }, list: [1] })") as { object: unknown; list: unknown };
    expect(encodedForCertain(structuredCodec, patched.object)).toBeUndefined();
    expect(encodedForCertain(structuredCodec, patched.list)).toBeUndefined();
  });

  it("a codec that has one function of ours and one of its own is asked, and what it writes is read back", () => {
    const half: Codec = { ...jsonCodec, decode: () => "something else" };
    const otherHalf: Codec = { ...structuredCodec, encode: () => Buffer.from("1") };
    expect(encodedForCertain(half, { a: 1 })).toBeUndefined();
    expect(encodedForCertain(otherHalf, { a: 1 })).toBeUndefined();
  });
});
