import { describe, expect, it } from "vitest";
import { faults } from "../src/catalogue.mjs";
import { missing } from "../src/needs.mjs";
import { runFault } from "../src/run.mjs";

const quick = faults.filter((fault) => fault.quick === true);

it("no two faults have the same name", () => {
  const ids = faults.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

describe.each(Array.from(new Set(quick.map(({ area }) => area))))("faults of %s", (area) => {
  it.each(quick.filter((fault) => fault.area === area).map((fault) => [fault.id, fault.title, fault] as const))(
    "every promise holds under the fault %s: %s",
    async (_, __, fault) => {
      for (const need of fault.needs ?? []) expect(await missing(need)).toBeUndefined();
      const { survived, seen } = await runFault(fault);
      expect(survived, seen).toBe(true);
    },
    300_000,
  );
});
