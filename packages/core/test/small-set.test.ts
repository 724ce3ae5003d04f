import fc from "fast-check";
import { expect, it } from "vitest";
import { SmallSet } from "../src/base/small-set.ts";

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
