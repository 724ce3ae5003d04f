/** What an app expects of lastgood, as tests that any runner can run. Each makes datastores anew, as a restarted program does. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { compressedCodec, Datastore, DeniedError, encryptedCodec, GoneError, jsonCodec } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { assertAlike } from "./alike.js";
import { everyKind } from "./values.js";

/** @typedef {import("@lastgood/core").DatastoreOptions} DatastoreOptions */

const down = () => Promise.reject(new Error("the source is down"));

/** @param {(folder: string) => Promise<void>} work */
async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), "lastgood-hosts-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What a datastore answers after a restart, while the source is down, of what a loader has returned before.
 * @param {() => unknown} load @param {Partial<DatastoreOptions>} [options]
 * @returns {Promise<any>} The kind of value is for the check to know.
 */
async function afterRestart(load, options) {
  const backup = memoryBackup();
  const failures = /** @type {unknown[]} */ ([]);
  for (const loader of [load, down]) {
    const datastore = new Datastore({ cache: memoryCache(), backup, ...options });
    datastore.on("backupFailed", ({ error }) => failures.push(error));
    const result = await datastore.getResult("key", loader);
    await datastore.close();
    assert.deepEqual(failures.map(String), []);
    if (loader !== down) continue;
    assert.equal(result.source, "backup");
    return result.value;
  }
}

/** @param {string} source @returns {() => any} A loader of a value that another realm has made. */
function elsewhere(source) {
  return () => runInNewContext(`(${source})`);
}

/** @type {Record<string, () => Promise<void>>} */
export const checks = {
  "a value of every kind comes back from the backup": async () => {
    assertAlike(await afterRestart(everyKind), everyKind());
  },

  "a Date is one that counts": async () => {
    const date = await afterRestart(() => new Date(86_400_000));
    assert.ok(date instanceof Date);
    assert.equal(date.getTime(), 86_400_000);
  },

  "a Map has its entries": async () => {
    const map = await afterRestart(() => new Map([["a", { b: 1 }]]));
    assert.ok(map instanceof Map);
    assert.equal(map.size, 1);
    assert.equal(map.get("a").b, 1);
  },

  "a Set has its members": async () => {
    const set = await afterRestart(() => new Set([1, 2]));
    assert.ok(set instanceof Set);
    assert.ok(set.has(2));
  },

  "typed arrays of every kind have their numbers": async () => {
    for (const Kind of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array]) {
      assertAlike(await afterRestart(() => new Kind([1, 2, 3])), new Kind([1, 2, 3]));
    }
    assertAlike(await afterRestart(() => new BigInt64Array([1n, -1n])), new BigInt64Array([1n, -1n]));
  },

  "a Buffer has its bytes": async () => {
    assert.equal(Buffer.from(await afterRestart(() => Buffer.from("grüße"))).toString(), "grüße");
  },

  "an ArrayBuffer and a DataView have their bytes": async () => {
    const view = new DataView(new ArrayBuffer(4), 1, 2);
    view.setUint16(0, 258);
    assertAlike(await afterRestart(() => ({ view, buffer: new ArrayBuffer(2) })), { view, buffer: new ArrayBuffer(2) });
  },

  "plain values are what they were": async () => {
    for (const value of [null, 0, -0, "", "text", false, 2n, [], {}, [[{ a: [null] }]]]) assertAlike(await afterRestart(() => value), value);
  },

  "an Error inside of a value keeps its message": async () => {
    const { failed } = await afterRestart(() => ({ failed: new TypeError("too short") }));
    assert.ok(failed instanceof TypeError);
    assert.equal(failed.message, "too short");
  },

  "values of another realm come back, of every kind": async () => {
    const source = `{ date: new Date(0), map: new Map([["a", new Set([1])]]), bytes: new Uint8Array([1, 2]), list: [1, [2]], plain: { a: null } }`;
    const expected = { date: new Date(0), map: new Map([["a", new Set([1])]]), bytes: new Uint8Array([1, 2]), list: [1, [2]], plain: { a: null } };
    assertAlike(await afterRestart(elsewhere(source)), expected);
  },

  "each codec keeps a value of this realm and one of another": async () => {
    const keys = [{ id: "a", secret: randomBytes(32) }];
    for (const codec of [compressedCodec(), encryptedCodec({ keys })]) {
      assertAlike(await afterRestart(everyKind, { codec }), everyKind());
      assertAlike(await afterRestart(elsewhere("new Map([[1, 2]])"), { codec }), new Map([[1, 2]]));
    }
    assertAlike(await afterRestart(() => ({ a: [1, null] }), { codec: jsonCodec }), { a: [1, null] });
    assertAlike(await afterRestart(elsewhere("{ a: [1, null] }"), { codec: jsonCodec }), { a: [1, null] });
  },

  "an object of a class is answered, and not backed up": async () => {
    class Money {
      amount = 5;
    }
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    const codes = /** @type {unknown[]} */ ([]);
    // What the event has is a DatastoreError, which its code says.
    datastore.on("backupFailed", ({ error }) => codes.push(/** @type {{ code: unknown }} */ (error).code));
    assert.ok((await datastore.get("price", () => new Money())) instanceof Money);
    await datastore.close();
    assert.deepEqual(codes, ["UNSERIALIZABLE"]);
  },

  "a directory that is not there yet has no backup, and that is no failure": () =>
    inFolder(async (folder) => {
      const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(join(folder, "not", "yet")) });
      const failures = /** @type {string[]} */ ([]);
      datastore.on("backupFailed", ({ error }) => failures.push(String(error)));
      await assert.rejects(datastore.get("key", down), { message: "the source is down" });
      assert.equal(await datastore.peekBackup("key"), undefined);
      assert.equal(await datastore.get("key", () => "there"), "there");
      await datastore.close();
      assert.deepEqual(failures, []);
    }),

  "a directory is read, culled and deleted from": () =>
    inFolder(async (folder) => {
      const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(folder) });
      await datastore.set("a", everyKind());
      await datastore.set("b", 1);
      assertAlike((await datastore.peekBackup("a"))?.value, everyKind());
      assert.equal((await datastore.cull()).failed, 0);
      await datastore.delete("a");
      assert.equal(await datastore.peekBackup("a"), undefined);
      await datastore.close();
    }),

  "a backup stands in, in a process without a test runner": () =>
    inFolder(async (folder) => {
      const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(folder) });
      await datastore.get("kept", everyKind);
      await datastore.close();
      const { stdout } = await promisify(execFile)(process.execPath, ["plain/other-process.js", folder]);
      assert.deepEqual(JSON.parse(stdout), { source: "backup", stale: true, day: "1970-01-01T00:00:00.000Z", user: 7, bytes: [0, 127, 255] });
    }),

  "a backup stands in that a process without a test runner has made": () =>
    inFolder(async (folder) => {
      await promisify(execFile)(process.execPath, ["plain/other-process.js", folder, "keep"]);
      const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(folder) });
      const { value, source } = await datastore.getResult("kept", /** @returns {Promise<unknown>} */ () => down());
      assert.equal(source, "backup");
      assertAlike(value, everyKind());
      await datastore.close();
    }),

  "a loader's own error comes through, of any realm": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    for (const error of [new TypeError("mine"), runInNewContext('new RangeError("theirs")'), "no error at all"]) {
      await assert.rejects(
        datastore.get("key", () => Promise.reject(error)),
        (/** @type {unknown} */ got) => got === error,
      );
    }
    await datastore.close();
  },

  "an Error that a loader returns is a failure, of any realm": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    for (const error of [new Error("mine"), runInNewContext('new Error("theirs")')]) {
      await datastore.set("key", "good");
      await datastore.expire("key");
      assert.equal(await datastore.get("key", () => error), "good");
    }
    await datastore.close();
  },

  "GoneError deletes the backup, and DeniedError keeps it": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    for (const [error, kept] of /** @type {const} */ ([[new DeniedError("denied"), "good"], [new GoneError("gone"), undefined]])) {
      await datastore.set("key", "good");
      await datastore.expire("key");
      await assert.rejects(
        datastore.get("key", () => Promise.reject(error)),
        (/** @type {unknown} */ got) => got === error,
      );
      assert.equal((await datastore.peekBackup("key"))?.value, kept);
    }
    await datastore.close();
  },

  "a caller's signal aborts that caller": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    const controller = new AbortController();
    const get = datastore.get("key", () => new Promise(() => {}), { signal: controller.signal, timeout: "20ms" });
    controller.abort(new Error("no longer wanted"));
    await assert.rejects(get, { message: "no longer wanted" });
    await datastore.close();
  },

  "a validate that refuses a value leaves the last good one": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    await datastore.set("key", [1]);
    await datastore.expire("key");
    assertAlike(await datastore.get("key", () => [], { validate: (/** @type {unknown[]} */ value) => value.length > 0 }), [1]);
    await datastore.close();
  },

  "a wrong option is a TypeError or a RangeError of this realm": async () => {
    const stores = { cache: memoryCache(), backup: memoryBackup() };
    // A string is what the types forbid, and JavaScript does not.
    assert.throws(() => new Datastore({ ...stores, cullAfter: /** @type {never} */ ("often") }), TypeError);
    assert.throws(() => new Datastore({ ...stores, jitter: 5 }), RangeError);
  },

  "options of another realm are options": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    assert.equal(await datastore.get("key", () => 1, runInNewContext('({ ttl: "5m", maxStale: "1d" })')), 1);
    await datastore.close();
  },

  "a failed load is told of, with what the source said": async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    await datastore.set("key", "good");
    await datastore.expire("key");
    await datastore.get("key", () => Promise.reject(runInNewContext('new Error("503")')));
    const { fallback } = datastore.health();
    assert.equal(fallback.length, 1);
    assert.match(String(fallback[0]?.error), /503/);
    await datastore.close();
  },
};
