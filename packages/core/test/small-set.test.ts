import fc from "fast-check";
import { expect, it } from "vitest";
import { SmallMap, SmallSet } from "../src/base/small-set.ts";

it("a small set holds what a Set holds, in its order, however many there are", () => {
  const objects = Array.from({ length: 30 }, (_, index) => ({ index }));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1, max: 29 }), { maxLength: 60 }), (steps) => {
      const [small, plain] = [new SmallSet<object>(), new Set<object>()];
      for (const step of steps) {
        const object = objects[step];
        if (object === undefined) {
          small.clear();
          plain.clear();
        } else {
          expect(small.add(object)).toBe(!plain.has(object));
          plain.add(object);
        }
        expect(small.size).toBe(plain.size);
        expect([...small]).toEqual([...plain]);
      }
    }),
  );
});

it("a small map holds what a Map holds, whatever its keys and values", () => {
  const keys = [undefined, {}, () => true, "key"];
  const values = [undefined, false, 0, "value"];
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(3))), (steps) => {
      const [small, plain] = [new SmallMap<unknown, unknown>(), new Map<unknown, unknown>()];
      for (const [keyAt, valueAt] of steps) {
        const key = keys[keyAt];
        expect(small.has(key)).toBe(plain.has(key));
        expect(small.get(key)).toBe(plain.get(key));
        if (plain.has(key)) continue;
        expect(small.add(key, values[valueAt])).toBe(values[valueAt]);
        plain.set(key, values[valueAt]);
      }
    }),
  );
});
