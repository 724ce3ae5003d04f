import assert from "node:assert/strict";
import { type BackupIt, listed, put, stampRead } from "./backup-calls.ts";
import { meanwhile } from "./calls.ts";
import { NEIGHBOURS } from "./ids.ts";

/** `delete`. */
export function deleteTests(it: BackupIt): void {
  it("delete deletes every record of the id, and resolves with true", async (open) => {
    const backup = await open();
    for (const stamp of [1_000, 2_000, 3_000]) await put(backup, "id", stamp);
    assert.equal(await backup.delete("id"), true);
    assert.equal(await backup.read("id"), undefined);
    assert.equal(await backup.read("id", { before: 3_000 }), undefined);
    assert.equal((await listed(backup)).size, 0);
  });

  it("delete of an id without records resolves with false", async (open) => {
    const backup = await open();
    assert.equal(await backup.delete("id"), false);
    assert.equal(await backup.delete("id", { ifUsedBefore: 2_000 }), false);
    await put(backup, "id", 1_000);
    assert.equal(await backup.delete("id"), true);
    assert.equal(await backup.delete("id"), false);
  });

  it("delete with `ifUsedBefore` deletes the id only if its latest use is less than that", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000, 2_000);
    for (const ifUsedBefore of [0, 1_001, 1_999, 2_000]) {
      assert.equal(await backup.delete("id", { ifUsedBefore }), false, `deleted: used at 2000, before ${ifUsedBefore}`);
      assert.equal(await stampRead(backup, "id"), 1_000);
    }
    assert.equal(await backup.delete("id", { ifUsedBefore: 2_001 }), true);
    assert.equal(await backup.read("id"), undefined);
    await put(backup, "id", 1_000, 2_000);
    assert.equal(await backup.delete("id", { ifUsedBefore: undefined }), true);
  });

  it("delete with `ifUsedBefore` keeps an id that a touch or a write has used meanwhile", async (open) => {
    const backup = await open();
    const other = await open();
    for (const id of ["touched", "written", "written-older", "unused"]) await put(backup, id, 1_000);
    assert.equal((await listed(backup)).size, 4);
    await other.touch("touched", { usedAt: 9_000 });
    await put(other, "written", 2_000, 9_000);
    await put(other, "written-older", 500, 9_000);
    for (const id of ["touched", "written", "written-older"]) {
      assert.equal(await backup.delete(id, { ifUsedBefore: 5_000 }), false, id);
    }
    assert.equal(await backup.delete("unused", { ifUsedBefore: 5_000 }), true);
    assert.equal(await stampRead(backup, "touched"), 1_000);
    assert.equal(await stampRead(backup, "written"), 2_000);
    assert.equal(await stampRead(backup, "written-older"), 1_000);
  });

  it("delete deletes this id and no other", async (open) => {
    const backup = await open();
    for (const id of NEIGHBOURS) await put(backup, id, 1_000);
    const [deleted = "", ...others] = NEIGHBOURS;
    await backup.delete(deleted);
    assert.equal(await backup.read(deleted), undefined);
    for (const id of others) assert.equal(await stampRead(backup, id), 1_000, `delete("${deleted}") took "${id}" with it`);
    assert.deepEqual([...(await listed(backup)).keys()].sort(), others.toSorted());
  });

  it("an id can be written again after its delete, with an older stamp too", async (open) => {
    const backup = await open();
    await put(backup, "id", 2_000);
    await backup.delete("id");
    assert.equal(await put(backup, "id", 1_000), 1_000);
    assert.equal(await stampRead(backup, "id"), 1_000);
    assert.equal((await listed(backup)).get("id")?.loadedAt, 1_000);
  });

  it("while an id is deleted, read gives its newest record or nothing: the newest is the last to go", async (open) => {
    const backup = await open();
    const reader = await open();
    for (let round = 0; round < 10; round++) {
      await put(backup, "id", 1_000);
      await put(backup, "id", 2_000, 2_000, 20_000);
      await meanwhile(Promise.resolve(backup.delete("id")), async () => {
        assert.ok([2_000, undefined].includes(await stampRead(reader, "id")), "an older record came to light");
      });
      assert.equal(await reader.read("id"), undefined);
    }
  });

  it("a write and a delete of the same id at once both succeed, and leave the record whole or absent", async (open) => {
    const writer = await open();
    const deleter = await open();
    for (let round = 1; round <= 10; round++) {
      const stamp = round * 1_000;
      await Promise.all([put(writer, "id", stamp, stamp, 5_000), deleter.delete("id")]);
      assert.ok([stamp, undefined].includes(await stampRead(deleter, "id")));
    }
  });
}
