/** Records are damaged: every bit of a record flipped and every length that it can be cut to, on every store that holds bytes. */

import assert from "node:assert/strict";
import { ask } from "@lastgood/services";
import { Redis } from "ioredis";
import { allDamages } from "../src/damage.mjs";
import { told } from "../src/expect.mjs";
import { STORES } from "../src/stores.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/subject.mjs").Subject} Subject
 * @typedef {import("../src/subject.mjs").Start} Start
 */

/** A process that is asked for much at once, of a slow server too. */
const OPTIONS = { ttl: "10m", timeout: "60s", backupTimeout: "60s", backupWait: "60s", cacheTimeout: "10s" };
const AT_ONCE = 50;

/** Keys of one length, so that all records have one length, too. @param {number} count */
function evenKeys(count) {
  return Array.from({ length: count }, (_, index) => `k${String(index).padStart(4, "0")}`);
}

/** @param {Subject} subject @param {readonly string[]} keys */
async function getInParts(subject, keys) {
  const notes = [];
  for (let at = 0; at < keys.length; at += AT_ONCE) notes.push(...(await subject.get(keys.slice(at, at + AT_ONCE))));
  return notes;
}

/** @param {string} name @param {Pick<Fault, "quick" | "needs">} more @returns {Fault} */
function backupDamage(name, more) {
  return {
    id: `damage-${name}`,
    area: "damage",
    title: `damaged records in ${name}`,
    injected: "as many keys as a record can be damaged in ways, each by its own: one bit flipped, or cut at one length; straight in the store",
    holds: "each is absent: an event, and the source's own error, since there is no record before it. No other value",
    allows: ["error"],
    patienceMs: 900_000,
    ...more,
    async run(context) {
      const open = STORES[name];
      assert.ok(open);
      const store = await open(context);
      const start = { backup: store.backup, env: store.env, options: OPTIONS };
      const size = await recordSize(context, start, store);
      const damages = allDamages(size);
      const keys = evenKeys(damages.length);
      const writer = await context.start(start);
      await writer.source("up", { size: 0 });
      await getInParts(writer, keys);
      await writer.close();
      for (const { bytes, replace } of await store.records()) {
        const damage = damages[Number(keyIn(bytes).slice(1))];
        if (damage !== undefined) await replace(damage.apply(bytes));
      }
      const reader = await context.start(start);
      await reader.source("down");
      const notes = await getInParts(reader, keys);
      const wrong = notes.filter(({ error }) => error === undefined).length;
      assert.equal(wrong, 0, `${wrong} damaged records were answered with`);
      assert.equal(told(reader.notes, "backupCorrupt"), damages.length);
      return `record of ${size} bytes: ${size * 8} flips and ${size} cuts, ${damages.length} told of, 0 wrong values`;
    },
  };
}

/** @param {Context} context @param {Start} start @param {import("../src/stores.mjs").Store} store */
async function recordSize(context, start, store) {
  const subject = await context.start(start);
  await subject.source("up", { size: 0 });
  await subject.get(["k9999"]);
  await subject.close();
  const [record] = await store.records();
  return record?.bytes.length ?? 0;
}

/** The key stands in its record as it is. @param {Buffer} record */
function keyIn(record) {
  return /k\d{4}/.exec(record.toString("latin1"))?.[0] ?? "";
}

/**
 * @typedef {object} CacheRecords
 * @property {() => Promise<readonly string[]>} ids
 * @property {(id: string) => Promise<Buffer>} read
 * @property {(id: string, bytes: Buffer) => Promise<unknown>} write
 */

/** @param {string} name @param {(context: Context) => Promise<{ url: string, records: CacheRecords }>} open @returns {Fault} */
function cacheDamage(name, open) {
  return {
    id: `damage-${name}`,
    area: "damage",
    title: `damaged records in ${name}`,
    injected: "as many keys as a record can be damaged in ways, each by its own: one bit flipped, or cut at one length; straight in the store",
    holds: "each is a miss and an event, and the backup answers; what is answered from the cache is whole",
    needs: [name],
    async run(context) {
      const { url, records } = await open(context);
      const subject = await context.start({ cache: url, backup: `sqlite:${await context.directory()}/backups.db`, options: OPTIONS });
      await subject.source("up", { size: 0 });
      await subject.get(["k9999"]);
      const [first = ""] = await records.ids();
      const size = (await records.read(first)).length;
      const damages = allDamages(size);
      const keys = evenKeys(damages.length);
      await getInParts(subject, keys);
      await subject.source("down");
      for (const id of await records.ids()) {
        const bytes = await records.read(id);
        const damage = damages[Number(keyIn(bytes).slice(1))];
        if (damage !== undefined) await records.write(id, damage.apply(bytes));
      }
      const notes = await getInParts(subject, keys);
      const missed = notes.filter(({ source }) => source === "backup").length;
      const unharmed = notes.filter(({ source }) => source === "cache").length;
      assert.equal(missed + unharmed, damages.length);
      assert.ok(unharmed <= STAMP_BYTES * 8, `${unharmed} damaged records were answered from the cache`);
      return `record of ${size} bytes: ${size * 8} flips and ${size} cuts, ${missed} misses, ${unharmed} whole since only the stamp before the record was hit, 0 wrong values`;
    },
  };
}

/** Before a record in a shared cache stand its stamp and until when it is fresh, to compare records by. They are no part of the record. */
const STAMP_BYTES = 32;

/** @param {Context} context */
async function openRedis(context) {
  const { url } = await context.service("redis");
  const admin = new Redis(url);
  context.after(() => admin.disconnect());
  return {
    url,
    records: {
      ids: () => admin.keys("lastgood:*"),
      read: async (/** @type {string} */ id) => (await admin.getBuffer(id)) ?? Buffer.of(),
      write: (/** @type {string} */ id, /** @type {Buffer} */ bytes) => admin.set(id, bytes, "KEEPTTL"),
    },
  };
}

/** @param {Context} context */
async function openMemcached(context) {
  const { url, first: { port } } = await context.service("memcached");
  return {
    url,
    records: {
      ids: async () => Array.from((await ask(port, { send: "lru_crawler metadump all\r\n", expect: "END\r\n" })).matchAll(/^key=(\S+)/gm), ([, key = ""]) => decodeURIComponent(key)),
      async read(/** @type {string} */ id) {
        const said = await ask(port, { send: `get ${id}\r\n`, expect: "END\r\n" });
        const [head = "", length = "0"] = /^VALUE \S+ \d+ (\d+)\r\n/.exec(said) ?? [];
        return Buffer.from(said.slice(head.length, head.length + Number(length)), "latin1");
      },
      write: (/** @type {string} */ id, /** @type {Buffer} */ bytes) => ask(port, { send: `set ${id} 0 0 ${bytes.length}\r\n${bytes.toString("latin1")}\r\n`, expect: "STORED" }),
    },
  };
}

/** @type {readonly Fault[]} */
export const damageFaults = [
  cacheDamage("redis", openRedis),
  cacheDamage("memcached", openMemcached),
  backupDamage("fs", {}),
  backupDamage("sqlite", { quick: true }),
  backupDamage("s3", { needs: ["s3"] }),
  backupDamage("postgres", { needs: ["postgres"] }),
];
