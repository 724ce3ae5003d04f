import assert from "node:assert/strict";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { type BackupIt, lastUse, listed, put, stampRead } from "./backup-calls.ts";
import { patterned } from "./bytes.ts";
import { ABORTED, atOnce, attempt, meanwhile } from "./calls.ts";

/** Many callers at once, the lock, aborted calls, and closing. */
export function manyCallerTests(it: BackupIt): void {
  it("while others write an id, read gives a whole record, and never an older one than write has resolved with", async (open) => {
    const writers = [await open(), await open()];
    const reader = await open();
    let acknowledged = 0;
    const write = async (backup: BackupAdapter, parity: number) => {
      for (let round = 1; round <= 20; round++) {
        const stamp = 2 * round + parity;
        const newest = await put(backup, "id", stamp, stamp, 50 + ((stamp * 7_919) % 30_000));
        assert.ok(newest >= stamp, `write of ${stamp} resolved with ${newest}`);
        acknowledged = Math.max(acknowledged, newest);
      }
    };
    await meanwhile(Promise.all(writers.map(write)), async () => {
      const known = acknowledged;
      const stamp = (await stampRead(reader, "id")) ?? 0;
      assert.ok(stamp >= known, `read gave ${stamp} after a write had resolved with ${known}`);
      await stampRead(reader, "id", stamp);
    });
    assert.equal(await stampRead(reader, "id"), 41);
  });

  it("many writes of an id at once leave the two newest, whole", async (open) => {
    const first = await open();
    const second = await open();
    await atOnce(50, (index) => {
      const stamp = 1_000 + ((index * 17) % 50);
      return put(index % 2 ? first : second, "id", stamp, stamp, 50 + index * 100);
    });
    for (const backup of [first, second]) {
      assert.equal(await stampRead(backup, "id"), 1_049);
      assert.equal(await stampRead(backup, "id", 1_049), 1_048);
    }
  });

  it("many writes of different ids at once leave each id its own record", async (open) => {
    const backup = await open();
    await atOnce(50, (index) => put(backup, `id-${index}`, 1_000 + index));
    const stamps = await atOnce(50, (index) => stampRead(backup, `id-${index}`));
    assert.deepEqual(stamps, Array.from({ length: 50 }, (_, index) => 1_000 + index));
  });

  it("many uses of an id at once leave the latest of them", async (open) => {
    const first = await open();
    const second = await open();
    await put(first, "id", 1_000);
    await atOnce(20, (index) => (index % 2 ? first : second).touch("id", { usedAt: 1_000 * (2 + ((index * 7) % 20)) }));
    assert.equal(await lastUse(first, "id"), 21_000);
    assert.equal(await lastUse(second, "id"), 21_000);
  });

  it("the lock, if a store has one, has one holder at a time, whichever adapter asks", async (open) => {
    const first = await open();
    const second = await open();
    if (!first.lock || !second.lock) return;
    const release = await first.lock();
    assert.equal(typeof release, "function", "nobody had the lock, and it was not given");
    assert.equal(await first.lock(), undefined, "the lock was given twice by the same adapter");
    assert.equal(await second.lock(), undefined, "the lock was given twice");
    await release?.();
    const releases = await atOnce(10, (index) => (index % 2 ? first : second).lock?.());
    const given = releases.filter((taken) => taken !== undefined);
    assert.equal(given.length, 1, "of ten who asked at once for a free lock, one gets it");
    await given[0]?.();
  });

  it("the lock can be taken again after its release, and a second release does nothing", async (open) => {
    const first = await open();
    const second = await open();
    if (!first.lock || !second.lock) return;
    const release = await first.lock();
    await release?.();
    const releaseSecond = await second.lock();
    assert.equal(typeof releaseSecond, "function", "the lock was not free after its release");
    await release?.();
    assert.equal(await first.lock(), undefined, "a second release gave away the lock of another");
    await releaseSecond?.();
    const releaseThird = await first.lock();
    assert.equal(typeof releaseThird, "function", "the lock was not free after its second release");
    await releaseThird?.();
  });

  it("the lock keeps nobody from reading, writing and deleting", async (open) => {
    const first = await open();
    const second = await open();
    const release = await first.lock?.();
    await put(second, "id", 1_000);
    await second.touch("id", { usedAt: 2_000 });
    assert.equal(await stampRead(second, "id"), 1_000);
    assert.equal(await first.delete("id"), true);
    await release?.();
  });

  it("with a signal that is aborted, write rejects or answers; its record is whole or absent, and earlier ones stay", async (open) => {
    const backup = await open();
    for (const [index, aborted] of ABORTED.entries()) {
      const id = `id-${index}`;
      await put(backup, id, 1_000);
      const times = { loadedAt: 2_000, usedAt: 2_000 };
      const written = await attempt(() => backup.write(id, patterned(2_000, 50_000), { ...times, signal: aborted() }));
      const newest = await stampRead(backup, id);
      assert.ok(newest === 2_000 || !written.answered, "a write answered, and its record is not there");
      assert.ok(newest === 2_000 || newest === 1_000, `the newest is ${newest}`);
      assert.equal(await stampRead(backup, id, newest), newest === 2_000 ? 1_000 : undefined);
      await put(backup, id, 3_000);
      assert.equal(await stampRead(backup, id), 3_000);
    }
  });

  it("with a signal that is aborted, read and list reject or answer as without one", async (open) => {
    const backup = await open();
    await atOnce(20, (index) => put(backup, `id-${index}`, 1_000));
    for (const aborted of ABORTED) {
      const read = await attempt(() => backup.read("id-1", { signal: aborted() }));
      if (read.answered) assert.equal(read.result?.loadedAt, 1_000);
      const list = await attempt(() => listed(backup, { signal: aborted() }));
      if (list.answered) assert.equal(list.result.size, 20);
    }
    assert.equal((await listed(backup)).size, 20);
  });

  it("with a signal that is aborted, touch and delete reject or answer, and take effect or not", async (open) => {
    const backup = await open();
    for (const [index, aborted] of ABORTED.entries()) {
      const id = `id-${index}`;
      await put(backup, id, 1_000);
      await put(backup, id, 2_000);
      const touched = await attempt(() => backup.touch(id, { usedAt: 9_000, signal: aborted() }));
      const used = await lastUse(backup, id);
      assert.ok(used === 9_000 || (used === 2_000 && !touched.answered), `used at ${used}`);
      const deleted = await attempt(() => backup.delete(id, { signal: aborted() }));
      const left = await stampRead(backup, id);
      assert.ok(left === undefined || (left === 2_000 && !deleted.answered), `the newest left is ${left}`);
    }
  });

  it("with a signal that is aborted, lock rejects or answers, and leaves no lock that nobody can release", async (open) => {
    const backup = await open();
    for (const aborted of ABORTED) {
      const taken = await attempt(() => backup.lock?.({ signal: aborted() }));
      if (taken.answered) await taken.result?.();
    }
    const release = await backup.lock?.();
    assert.equal(typeof release, typeof backup.lock);
    await release?.();
  });

  it("details, if a store has any, are strings, before its first call and after it", async (open) => {
    const backup = await open();
    const before = backup.details;
    await put(backup, "id", 1_000);
    for (const [name, value] of [before, backup.details].flatMap((details) => Object.entries(details ?? {}))) {
      assert.equal(typeof value, "string", `${name} is ${value}`);
    }
  });

  it("closing one adapter closes nothing of another one's", async (open) => {
    const first = await open();
    const second = await open();
    if (first !== second) await first.close?.();
    await put(second, "id", 1_000);
    assert.equal(await stampRead(second, "id"), 1_000);
    assert.equal((await listed(second)).size, 1);
  });

  it("a second close does nothing", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000);
    await backup.close?.();
    await backup.close?.();
  });
}
