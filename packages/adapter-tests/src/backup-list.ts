import assert from "node:assert/strict";
import { type BackupIt, listed, put, stampRead } from "./backup-calls.ts";
import { atOnce } from "./calls.ts";

const MANY = 300;

/** `list`. */
export function listTests(it: BackupIt): void {
  it("list of an empty store gives nothing", async (open) => {
    assert.equal((await listed(await open())).size, 0);
  });

  it("list gives every id that has a record, once, however many records it has", async (open) => {
    const backup = await open();
    await atOnce(MANY, (index) => put(backup, `id-${index}`, 1_000));
    await atOnce(10, (index) => put(backup, `id-${index}`, 2_000));
    const ids = [...(await listed(backup)).keys()];
    assert.deepEqual(ids.sort(), idsUpTo(MANY));
  });

  it("list tells the latest use, and the stamp and the size of the newest record", async (open) => {
    const backup = await open();
    await put(backup, "one", 1_000, 1_500, 40);
    await put(backup, "newest-last", 1_000, 3_000, 10);
    await put(backup, "newest-last", 2_000, 2_500, 20_000);
    await put(backup, "newest-first", 2_000, 2_500, 20_000);
    await put(backup, "newest-first", 1_000, 3_000, 10);
    assert.deepEqual([...(await listed(backup)).values()].sort((a, b) => (a.id < b.id ? -1 : 1)), [
      { id: "newest-first", usedAt: 3_000, loadedAt: 2_000, size: 20_000 },
      { id: "newest-last", usedAt: 3_000, loadedAt: 2_000, size: 20_000 },
      { id: "one", usedAt: 1_500, loadedAt: 1_000, size: 40 },
    ]);
  });

  it("list gives every id once, even if each is deleted as it comes", async (open) => {
    const backup = await open();
    await atOnce(50, (index) => put(backup, `id-${index}`, 1_000));
    const ids: string[] = [];
    for await (const { id } of backup.list()) {
      ids.push(id);
      assert.equal(await backup.delete(id, { ifUsedBefore: 2_000 }), true, `"${id}" came twice, or could not be deleted`);
    }
    assert.deepEqual(ids.sort(), idsUpTo(50));
    assert.equal((await listed(backup)).size, 0);
  });

  it("list gives every id once, even if each is read, written and touched as it comes", async (open) => {
    const backup = await open();
    await atOnce(50, (index) => put(backup, `id-${index}`, 1_000));
    const ids: string[] = [];
    for await (const { id } of backup.list()) {
      ids.push(id);
      assert.ok(ids.length <= 50, "list goes round in circles");
      assert.equal(await stampRead(backup, id), 1_000);
      await put(backup, id, 2_000);
      await backup.touch(id, { usedAt: 3_000 });
    }
    assert.deepEqual(ids.sort(), idsUpTo(50));
  });

  it("list gives every id that stays while others come and go", async (open) => {
    const backup = await open();
    const other = await open();
    // Alternately, so that the ids that stay lie between those that go.
    await atOnce(50, (index) => put(backup, index % 2 ? `stays-${index}` : `goes-${index}`, 1_000));
    const comeAndGo = async () => {
      for (let index = 0; index < 50; index += 2) {
        await other.delete(`goes-${index}`);
        await put(other, `comes-${index}`, 1_000);
      }
    };
    const [found] = await Promise.all([listed(backup), comeAndGo()]);
    const stayed = [...found.keys()].filter((id) => id.startsWith("stays-"));
    assert.equal(stayed.length, 25);
  });

  it("a list that is broken off leaves the adapter as it was", async (open) => {
    const backup = await open();
    await atOnce(20, (index) => put(backup, `id-${index}`, 1_000));
    for await (const _ of backup.list()) break;
    for await (const { id } of backup.list()) {
      await backup.delete(id);
      break;
    }
    await put(backup, "new", 1_000);
    assert.equal((await listed(backup)).size, 20);
  });
}

/** The sorted ids of a test's store. */
function idsUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `id-${index}`).sort();
}
