import { expect, it } from "vitest";
import { manualClock } from "../src/testing.ts";
import { gate, turn } from "./support/gate.ts";
import { idOf, MINUTE, setUp } from "./support/setting.ts";
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
