import { expect, it } from "vitest";
import { assertRoundTrips } from "../src/entry/round-trip.ts";

const holes = [1, 2, 3];
delete holes[1];

it.each<readonly [string, unknown, unknown, RegExp]>([
  ["a list that was cut short", [1, , 3], [1, ,], /^value is/], // eslint-disable-line no-sparse-arrays
  ["a list of objects that was cut short", { list: [{}, undefined] }, { list: [{}] }, /^value\.list is/],
  ["what a list carries beside its elements", Object.assign([1], { more: 1 }), [1], /^value\.more is/],
  ["what came to an object", { a: 1 }, { b: 2, a: 1 }, /^value\.b is/],
  ["another prototype that has the same constructor", { a: Object.create({ inherited: 1 }) }, { a: {} }, /^value\.a is an object of class Object/],
  ["an object that was lost", { a: 1, b: { c: 1 } }, { a: 1 }, /^value\.b is an object of class Object and would come back as of type undefined/],
  ["an object in a list that was lost", [{ c: 1 }], [undefined], /^value\[0\] is/],
  ["the cause of an error that was lost", new Error("no", { cause: new Error("why") }), new Error("no"), /^value\.cause is/],
  ["a Map whose entries changed places", new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]]), /^value\.keys\(\)\[0\] is/],
])("a codec that changes %s is found out", (_, value, copy, message) => {
  expect(() => assertRoundTrips(value, copy)).toThrow(message);
});

it.each<readonly [string, unknown, unknown]>([
  ["holes that became undefined", holes, [1, undefined, 3]],
  ["properties in another order", { a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 }],
  ["a zero without its sign", [-0, { zero: -0 }], [0, { zero: 0 }]],
])("%s pass", (_, value, copy) => {
  expect(() => assertRoundTrips(value, copy)).not.toThrow();
});

it("compares what is nested ten thousand deep, if the codec carries it", () => {
  const nested = (core: unknown): unknown => {
    let value = core;
    for (let depth = 0; depth < 10_000; depth++) value = [{ value }];
    return value;
  };
  expect(() => assertRoundTrips(nested("core"), nested("core"))).not.toThrow();
  expect(() => assertRoundTrips(nested("core"), nested("another"))).toThrow(/of type string/);
});

it("compares a list of half a million objects", () => {
  const list = (): object[] => Array.from({ length: 500_000 }, (_, id) => ({ id }));
  expect(() => assertRoundTrips(list(), list())).not.toThrow();
});
