import { expect, it } from "vitest";
import { manualClock } from "../src/testing.ts";
import { gate, turn } from "./support/gate.ts";
import { idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { mapCache, throws } from "./support/stores.ts";

it("an owed write is not settled by a record whose stamp the clock has not reached: that would hide the value for an hour", async () => {
  const { datastore, backup, another, start } = setUp();
  backup.fails("write", throws());
  await datastore.get("key", () => "mine");
  backup.heals();
  await another({ clock: manualClock(start + 60 * MINUTE), cache: mapCache() }).get("key", () => "of a clock that is ahead");
  await datastore.flush();
  expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "mine", loadedAt: start });
});

it("a retried set does not come after what another process has set meanwhile, even if the store cannot be read", async () => {
  const { datastore, backup, clock, another } = setUp();
  backup.fails("write", throws());
  await rejectionOf(datastore.set("key", "failed"));
  backup.heals();
  clock.advance(MINUTE);
  await another({ cache: mapCache() }).set("key", "newer");
  clock.advance(MINUTE);
  backup.fails("read", throws());
  await datastore.flush();
  backup.heals();
  expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "newer" });
});

it("a delete beats a renewal that is under way: nothing is written after it", async () => {
  const { datastore, backup, clock } = setUp();
  await datastore.get("key", () => "good", "5m");
  clock.advance(6 * MINUTE);
  const reading = gate(); // answers, late, that nothing was there
  const got = datastore.get<string>(
    "key",
    async ({ lastGood, notModified }) => {
      await lastGood();
      await backup.adapter.delete(idOf("key"));
      backup.fails("read", () => reading.promise);
      return notModified();
    },
    "5m",
  );
  for (let n = 0; n < 5; n++) await turn();
  await datastore.delete("key");
  const writes = backup.count("write", idOf("key"));
  backup.heals();
  reading.open();
  expect(await got).toBe("good");
  await turn();
  expect(backup.count("write", idOf("key"))).toBe(writes);
  expect(await datastore.peekBackup("key")).toBeUndefined();
});
