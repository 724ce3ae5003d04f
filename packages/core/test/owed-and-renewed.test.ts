import { expect, it } from "vitest";
import { manualClock } from "../src/testing.ts";
import { gate, turn } from "./support/gate.ts";
import { failing, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { hangs, mapCache, throws } from "./support/stores.ts";

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

/** A host whose clock is five minutes ahead has set the key. */
async function setByHostAhead(): Promise<ReturnType<typeof setUp>> {
  const setting = setUp();
  await setting.another({ clock: manualClock(setting.start + 5 * MINUTE), cache: mapCache() }).set("key", "theirs");
  return setting;
}

it("a set comes after what a host whose clock is ahead has set before, even if a get of this process finds that meanwhile", async () => {
  const { datastore, backup, another } = await setByHostAhead();
  const writing = hangs();
  backup.fails("write", writing);
  const set = datastore.set("key", "ours", 0);
  await turn();
  expect(await datastore.get("key", failing(), { useCache: false, fallbackTtl: 0 })).toBe("theirs"); // it is not durable yet
  writing.release();
  await set;
  expect(await datastore.get("key", failing())).toBe("ours");
  expect((await another({ cache: mapCache() }).peekBackup("key"))?.value).toBe("ours");
});

it("of two sets in a row, the second is the last good value, though a host whose clock is ahead has set the key before", async () => {
  const { datastore, another } = await setByHostAhead();
  await Promise.all([datastore.set("key", "first"), datastore.set("key", "second")]);
  expect(await datastore.get("key", failing())).toBe("second");
  expect((await another({ cache: mapCache() }).peekBackup("key"))?.value).toBe("second");
});

it("a load that begins during a set comes after it, though a host whose clock is ahead has set the key before", async () => {
  const { datastore, backup, another } = await setByHostAhead();
  const writing = hangs();
  backup.fails("write", writing);
  const set = datastore.set("key", "first");
  await turn();
  const load = datastore.get("key", () => "second", { refresh: true });
  await turn();
  writing.release();
  await set;
  expect(await load).toBe("second");
  expect(await datastore.get("key", failing())).toBe("second");
  expect((await another({ cache: mapCache() }).peekBackup("key"))?.value).toBe("second");
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
