import assert from "node:assert/strict";
import { type BackupIt, lastUse, listed, put, stampRead } from "./backup-calls.ts";

/** `touch`, and `write` as a use. */
export function useTests(it: BackupIt): void {
  it("a write counts as a use at its `usedAt`", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000, 4_000);
    assert.equal(await lastUse(backup, "id"), 4_000);
    await put(backup, "id", 2_000, 5_000);
    assert.equal(await lastUse(backup, "id"), 5_000);
  });

  it("a write counts as a use also if newer records hide its own", async (open) => {
    const backup = await open();
    await put(backup, "id", 2_000);
    await put(backup, "id", 3_000);
    await put(backup, "id", 1_000, 7_000);
    assert.equal(await lastUse(backup, "id"), 7_000);
  });

  it("a write counts as a use also if its stamp is there already", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000, 2_000);
    await put(backup, "id", 1_000, 7_000);
    assert.equal(await lastUse(backup, "id"), 7_000);
  });

  it("a write at an earlier time than the latest use leaves that use as it is", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000, 9_000);
    await put(backup, "id", 2_000, 5_000);
    assert.equal(await lastUse(backup, "id"), 9_000);
    await put(backup, "id", 2_000, 4_000);
    assert.equal(await lastUse(backup, "id"), 9_000);
  });

  it("touch records a later use", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000);
    await put(backup, "other", 1_000);
    await backup.touch("id", { usedAt: 6_000 });
    assert.equal(await lastUse(backup, "id"), 6_000);
    assert.equal(await lastUse(backup, "other"), 1_000);
  });

  it("touch at an earlier time than the latest use changes nothing", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000, 6_000);
    await backup.touch("id", { usedAt: 5_999 });
    assert.equal(await lastUse(backup, "id"), 6_000);
  });

  it("touch of an id without records changes nothing", async (open) => {
    const backup = await open();
    await backup.touch("id", { usedAt: 6_000 });
    assert.equal((await listed(backup)).size, 0);
    assert.equal(await backup.read("id"), undefined);
    assert.equal(await backup.delete("id"), false);
    await put(backup, "id", 1_000);
    assert.equal(await lastUse(backup, "id"), 1_000);
  });

  it("touch leaves the records as they are", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000);
    await put(backup, "id", 2_000);
    await backup.touch("id", { usedAt: 6_000 });
    assert.equal(await stampRead(backup, "id"), 2_000);
    assert.equal(await stampRead(backup, "id", 2_000), 1_000);
  });

  it("times of use are numbers from 0 to Number.MAX_SAFE_INTEGER, known to the millisecond by every adapter", async (open) => {
    const backup = await open();
    const other = await open();
    await put(backup, "id", 0);
    assert.equal(await lastUse(backup, "id"), 0);
    // Some file systems and system calls round milliseconds, and some time stamps end in 2038.
    for (const time of [1, 999, 1_700_000_000_001, 1_700_000_000_123, 1_999_999_999_999, 4_102_444_799_999, MAX - 1, MAX]) {
      await backup.touch("id", { usedAt: time });
      assert.equal(await lastUse(other, "id"), time);
    }
    assert.equal(await backup.delete("id", { ifUsedBefore: MAX }), false);
  });
}

const MAX = Number.MAX_SAFE_INTEGER;
