import { describe, expect, it } from "vitest";
import { failing, MINUTE, rejectionOf, setUp, type Setting } from "./support/setting.ts";

/** Some of everything: hits, misses, loads, failures with and without a backup. */
async function live({ datastore, clock }: Setting): Promise<void> {
  await datastore.get("a", () => "a", "5m");
  await datastore.get("a", () => "a", "5m");
  clock.advance(6 * MINUTE);
  await datastore.get("a", failing(), "5m");
  await datastore.get("a", failing(), "5m");
  await rejectionOf(datastore.get("b", failing()));
  clock.advance(6 * MINUTE);
  await datastore.get("a", () => "a", "5m");
  await datastore.set("c", 1);
  await datastore.expire("c");
  await datastore.delete("c");
}

describe("counters", () => {
  it("count what happens, the same whether anybody listens or not", async () => {
    const heard = setUp();
    const other = setUp();
    const unheard = { ...other, datastore: other.another() }; // to which nobody listens
    for (const setting of [heard, unheard]) {
      expect(Object.values(setting.datastore.counters())).toEqual(Array.from({ length: 15 }, () => 0));
      await live(setting);
      expect(setting.datastore.counters()).toEqual({
        hits: 2,
        misses: 4,
        loads: 2,
        loadFailures: 2,
        fallbacks: 1,
        recoveries: 1,
        sets: 1,
        expires: 1,
        deletes: 1,
        backupWrites: 3,
        cacheFailures: 0,
        backupFailures: 0,
        unusableRecords: 0,
        culls: 0,
        backgroundFailures: 0,
      });
    }
  });
});
