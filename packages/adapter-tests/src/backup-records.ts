import assert from "node:assert/strict";
import { type BackupIt, listed, put, stampRead } from "./backup-calls.ts";
import { allBytes, assertSameBytes, bytesOfAnotherRealm, NO_BYTES, numberOf, patterned } from "./bytes.ts";
import { atOnce } from "./calls.ts";
import { IDS } from "./ids.ts";

const ONE = { loadedAt: 1_000, usedAt: 1_000 };
const TWO = { loadedAt: 2_000, usedAt: 2_000 };
const THREE = { loadedAt: 3_000, usedAt: 3_000 };

/** `read` and `write`. */
export function recordTests(it: BackupIt): void {
  it("a backup has a name", async (open) => {
    const { name } = await open();
    assert.equal(typeof name, "string");
    assert.notEqual(name, "");
  });

  it("read answers undefined for an id without records", async (open) => {
    const backup = await open();
    assert.equal(await backup.read("absent"), undefined);
    assert.equal(await backup.read("absent", { before: 1_000 }), undefined);
    await put(backup, "present", 1_000);
    assert.equal(await backup.read("absent"), undefined);
  });

  it("read gives the record with the greatest stamp, whatever the order in which they were written", async (open) => {
    const backup = await open();
    for (const order of ORDERS_OF_THREE) {
      const id = `written-${order.join("-")}`;
      for (const stamp of order) await put(backup, id, stamp);
      assert.equal(await stampRead(backup, id), 3_000, `written in the order ${order.join(", ")}`);
    }
  });

  it("at least the newest two records of an id are kept, whatever the order in which they were written", async (open) => {
    const backup = await open();
    for (const order of ORDERS_OF_THREE) {
      const id = `written-${order.join("-")}`;
      for (const stamp of order) await put(backup, id, stamp);
      assert.equal(await stampRead(backup, id, 3_000), 2_000, `written in the order ${order.join(", ")}`);
    }
  });

  it("read with `before` gives the newest record whose stamp is less than that", async (open) => {
    const backup = await open();
    await put(backup, "id", 1_000);
    await put(backup, "id", 2_000);
    for (const before of [0, 1, 1_000]) assert.equal(await stampRead(backup, "id", before), undefined, `before ${before}`);
    for (const before of [1_001, 2_000]) assert.equal(await stampRead(backup, "id", before), 1_000, `before ${before}`);
    for (const before of [2_001, MAX]) assert.equal(await stampRead(backup, "id", before), 2_000, `before ${before}`);
    assert.equal((await backup.read("id", { before: undefined }))?.loadedAt, 2_000);
  });

  it("stamps are numbers from 0 to Number.MAX_SAFE_INTEGER, and compared as such", async (open) => {
    const backup = await open();
    // Pairs whose order differs as text or in 32 bits, or that are equal as 32-bit floats.
    const bits31 = 2 ** 31;
    const bits32 = 2 ** 32;
    const pairs = [[0, 1], [9, 10], [999, 1_000], [bits31 - 1, bits31], [bits32 - 1, bits32], [MAX - 1, MAX], [0, MAX]] as const;
    for (const [older, newer] of pairs) {
      const id = `stamps-${older}-${newer}`;
      await put(backup, id, newer, 1_000);
      await put(backup, id, older, 1_000);
      assert.equal(await stampRead(backup, id), newer, `the newer of ${older} and ${newer}`);
      assert.equal(await stampRead(backup, id, newer), older, `the older of ${older} and ${newer}`);
      assert.equal((await listed(backup)).get(id)?.loadedAt, newer);
    }
  });

  it("write resolves with the greatest stamp that is now held for the id", async (open) => {
    const backup = await open();
    assert.equal(await put(backup, "id", 2_000), 2_000);
    assert.equal(await put(backup, "id", 1_000), 2_000);
    assert.equal(await put(backup, "id", 3_000), 3_000);
    assert.equal(await put(backup, "id", 500), 3_000);
    assert.equal(await put(backup, "other", 100), 100);
  });

  it("of two writes of one stamp the later one stays, whole, whatever its time of use", async (open) => {
    const adapters = [await open(), await open()] as const;
    // Longer, shorter and equal lengths; later, earlier and equal uses.
    const writes = [[3_000, 1_000], [300, 1_000], [300, 1_500], [3_000, 1_200], [3_000, 1_600], [20, 500]] as const;
    for (const [number, [length, usedAt]] of writes.entries()) {
      const [writer, reader] = number % 2 ? adapters : adapters.toReversed();
      assert.equal(await writer?.write("id", patterned(number, length), { loadedAt: 1_000, usedAt }), 1_000);
      for (const backup of adapters) {
        const record = await backup.read("id");
        assert.equal(numberOf(record?.bytes), number, `write ${number} was acknowledged, and is not what is read`);
        assert.equal(record?.loadedAt, 1_000);
        assert.equal(await backup.read("id", { before: 1_000 }), undefined);
      }
      assert.equal(reader && (await listed(reader)).get("id")?.size, length);
    }
  });

  it("of two writes of one stamp the later one stays also if newer records hide it", async (open) => {
    const backup = await open();
    await backup.write("id", patterned(1, 50), ONE);
    await put(backup, "id", 2_000);
    assert.equal(await backup.write("id", patterned(2, 50), ONE), 2_000);
    assert.equal(numberOf((await backup.read("id", { before: 2_000 }))?.bytes), 2);
    assert.equal(await stampRead(backup, "id"), 2_000);
  });

  it("writing a stamp that is there already takes no room from the record before it", async (open) => {
    const backup = await open();
    for (const stamp of [1_000, 2_000, 2_000, 2_000]) await put(backup, "id", stamp);
    assert.equal(await stampRead(backup, "id"), 2_000);
    assert.equal(await stampRead(backup, "id", 2_000), 1_000);
  });

  it("many writes of the same stamp at once keep one of the records, whole", async (open) => {
    const first = await open();
    const second = await open();
    await atOnce(10, (index) => (index % 2 ? first : second).write("id", patterned(index, 100 + index * 1_000), ONE));
    for (const backup of [first, second]) numberOf((await backup.read("id"))?.bytes);
  });

  it("a record comes back exactly as it was written: every one of the 256 bytes", async (open) => {
    const backup = await open();
    await backup.write("id", allBytes(), ONE);
    await backup.write("id", allBytes().toReversed(), TWO);
    assertSameBytes((await backup.read("id"))?.bytes, allBytes().toReversed(), "the newest");
    assertSameBytes((await backup.read("id", { before: 2_000 }))?.bytes, allBytes(), "the one before");
  });

  it("a record of no bytes is told from no record", async (open) => {
    const backup = await open();
    await backup.write("id", allBytes(), ONE);
    await backup.write("id", NO_BYTES, TWO);
    assertSameBytes((await backup.read("id"))?.bytes, NO_BYTES, "no bytes");
    assert.equal((await listed(backup)).get("id")?.size, 0);
  });

  it("a record of 5 MiB is kept whole", async (open) => {
    const backup = await open();
    await put(backup, "large", 1_000, 1_000, 5 * 1024 * 1024);
    assert.equal(await stampRead(backup, "large"), 1_000);
  });

  it("only the bytes of a view are kept, not those of the buffer around it", async (open) => {
    const backup = await open();
    await backup.write("view", allBytes().subarray(100, 200), ONE);
    assertSameBytes((await backup.read("view"))?.bytes, allBytes().slice(100, 200), "the view");
  });

  it("bytes given to the adapter are not changed", async (open) => {
    const backup = await open();
    const given = patterned(1, 1_000);
    await backup.write("id", given, ONE);
    await backup.read("id");
    for (const times of [ONE, TWO, THREE]) await backup.write("id", patterned(2, 1_000), times);
    await backup.delete("id");
    assertSameBytes(given, patterned(1, 1_000), "the bytes given");
  });

  it("bytes returned by the adapter are not changed later", async (open) => {
    const backup = await open();
    const returned = [];
    for (const [number, times] of [ONE, TWO, THREE].entries()) {
      await backup.write("id", patterned(number, 1_000), times);
      returned.push(await backup.read("id"));
    }
    await backup.delete("id");
    await backup.write("id", patterned(9, 1_000), ONE);
    for (const [number, record] of returned.entries()) {
      assertSameBytes(record?.bytes, patterned(number, 1_000), `the bytes returned by read ${number}`);
    }
  });

  it("the caller may change returned bytes: no record and no other answer changes with them", async (open) => {
    const backup = await open();
    await backup.write("id", patterned(1, 1_000), ONE);
    const [first, second] = await atOnce(2, () => backup.read("id"));
    first?.bytes.fill(0);
    assertSameBytes(second?.bytes, patterned(1, 1_000), "the bytes of a read at the same time");
    assertSameBytes((await backup.read("id"))?.bytes, patterned(1, 1_000), "the bytes of a later read");
  });

  it("bytes of another realm are accepted, as a test file under Jest has them", async (open) => {
    const backup = await open();
    await backup.write("id", bytesOfAnotherRealm(), ONE);
    assertSameBytes((await backup.read("id"))?.bytes, allBytes(), "the bytes");
  });

  it("every valid id is accepted, and ids are told apart", async (open) => {
    const backup = await open();
    for (const [index, id] of IDS.entries()) await put(backup, id, 1_000 + index);
    for (const [index, id] of IDS.entries()) assert.equal(await stampRead(backup, id), 1_000 + index, `under "${id}"`);
    assert.deepEqual([...(await listed(backup)).keys()].sort(), [...IDS].sort());
  });

  it("a record whose write has resolved is there for every adapter on the store", async (open) => {
    const writer = await open();
    const reader = await open();
    for (const stamp of [1_000, 2_000, 3_000]) {
      await put(writer, "id", stamp);
      assert.equal(await stampRead(reader, "id"), stamp);
    }
    assert.equal(await put(reader, "id", 1_500), 3_000);
  });

  it("records are there when the store is closed and opened again", async (open) => {
    const before = await open();
    await put(before, "id", 1_000);
    await put(before, "id", 2_000, 5_000);
    await before.close?.();
    const after = await open();
    assert.equal(await stampRead(after, "id"), 2_000);
    assert.equal(await stampRead(after, "id", 2_000), 1_000);
    assert.deepEqual((await listed(after)).get("id"), { id: "id", usedAt: 5_000, loadedAt: 2_000, size: 50 });
  });
}

const MAX = Number.MAX_SAFE_INTEGER;

const ORDERS_OF_THREE: readonly (readonly number[])[] = [
  [1_000, 2_000, 3_000],
  [1_000, 3_000, 2_000],
  [2_000, 1_000, 3_000],
  [2_000, 3_000, 1_000],
  [3_000, 1_000, 2_000],
  [3_000, 2_000, 1_000],
];
