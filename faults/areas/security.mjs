/** Somebody means harm: by keys, by what he plants in a store, by what he makes the product say. */

import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { ask } from "@lastgood/services";
import Database from "better-sqlite3";
import { Redis } from "ioredis";
import { allFailed, allFrom, sources, told } from "../src/expect.mjs";
import { newestRecords } from "../src/machine/records.mjs";
import { startS3 } from "../src/s3.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */

const OPTIONS = { ttl: "10m", backupTimeout: "10s", backupWait: "10s" };
const ID = /^[a-z0-9_-]{1,100}$/;

const ATTACKS = [
  ...["../escaped", "../../../../tmp/escaped", "/etc/passwd", "a/../../b", "..", ".", "", " ", "~/.ssh/id_rsa", "C:\\Windows\\win.ini", "\\\\host\\share", "CON", "a:stream"],
  ...["%2e%2e%2f%2e%2e%2fescaped", "%00", "..%c0%af", "\0", "a\0b", "\u202Etxt.exe", "\uD800", "\uDC00\uD800", "\u0130", "ﬀ", "é", "e\u0301"],
  ...["x\r\nFLUSHALL\r\n", "x\r\nflush_all\r\n", "*1\r\n$8\r\nFLUSHALL\r\n", "x 0 0 1\r\ny\r\nflush_all\r\n", "get x\nset y", "\x80\x08\0\0\0\0\0\0"],
  ...["'; DROP TABLE records; --", '"; DELETE FROM payloads; --', "' OR '1'='1", "x'); ATTACH DATABASE '/tmp/escaped.db' AS e; --", "%", "_", "*", "?", "[a-z]*", "{a}"],
  ...["?versionId=null", "#fragment", "a?list-type=2", "<Key>x</Key>", "__proto__", "constructor", "toString", "hasOwnProperty"],
  ...["a".repeat(300), "/".repeat(300), "../".repeat(2_000), "x".repeat(100_000), "ü".repeat(50_000)],
];

/** A key that nobody attacks by, and that must still be there. */
const BYSTANDER = "a bystander";

/**
 * @param {string} name
 * @param {readonly string[]} needs
 * @param {(context: Context) => Promise<{ start: import("../src/subject.mjs").Start, check: () => Promise<string> }>} open `check` looks at what is in the stores.
 * @returns {Fault}
 */
function attackedByKeys(name, needs, open) {
  return {
    id: `security-keys-${name}`,
    area: "security",
    title: `keys as attacks on ${name}`,
    injected: `${ATTACKS.length} keys: paths, NUL and line breaks, commands of Redis and Memcached, SQL, escapes, lone surrogates, up to 100,000 characters`,
    holds: "each key has its own value, also for the next process and from the backup; nothing is outside the store, and nothing else in it is touched",
    needs,
    quick: needs.length === 0,
    async run(context) {
      const { start, check } = await open(context);
      const subject = await context.start({ ...start, options: OPTIONS });
      allFrom(await subject.get([BYSTANDER]), "loader");
      for (const key of ATTACKS) allFrom(await subject.get([key]), "loader");
      await subject.close();
      const next = await context.start({ ...start, cache: "memory:", options: OPTIONS });
      await next.source("down");
      allFrom(await next.get([BYSTANDER, ...ATTACKS]), "backup");
      await next.close(); // a record of an outage may be on its way
      return `${ATTACKS.length} keys, each with its own value; ${await check()}`;
    },
  };
}

/** @param {Context} context */
async function attackedFiles(context) {
  const parent = await context.directory();
  const directory = join(parent, "a", "b", "backups");
  await mkdir(dirname(directory), { recursive: true });
  return {
    start: { backup: `file:${directory}` },
    async check() {
      const all = await readdir(parent, { recursive: true, withFileTypes: true });
      const files = all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      for (const file of files) assert.match(file.slice(directory.length), /^(?:\/[\da-f])+\/[a-z0-9_-]{1,100}~(?:used|\d{16})~\d{16}$/, `${file} is no record`);
      assert.deepEqual(await readdir(parent), ["a"]);
      return `${files.length} files, all of them where they belong`;
    },
  };
}

/** @param {Context} context */
async function attackedRedis(context) {
  const { url } = await context.service("redis");
  const admin = new Redis(url);
  context.after(() => admin.disconnect());
  await admin.set("somebody else's", "there");
  return {
    start: { cache: url, backup: `sqlite:${await context.directory()}/backups.db` },
    async check() {
      assert.equal(await admin.get("somebody else's"), "there");
      const names = (await admin.keys("*")).filter((name) => name !== "somebody else's");
      for (const name of names) assert.match(name.replace(/^lastgood:/, ""), ID);
      return `${names.length} keys in Redis, all of them ids, and somebody else's untouched`;
    },
  };
}

/** @param {Context} context */
async function attackedMemcached(context) {
  const { url, first: { port } } = await context.service("memcached");
  await ask(port, { send: "set others 0 0 5\r\nthere\r\n", expect: "STORED" });
  return {
    start: { cache: url, backup: `sqlite:${await context.directory()}/backups.db` },
    async check() {
      assert.match(await ask(port, { send: "get others\r\n", expect: "END\r\n" }), /there/);
      const dump = await ask(port, { send: "lru_crawler metadump all\r\n", expect: "END\r\n" });
      const names = Array.from(dump.matchAll(/^key=(\S+)/gm), ([, name = ""]) => decodeURIComponent(name)).filter((name) => name !== "others");
      for (const name of names) assert.match(name.replace(/^lastgood:/, ""), ID);
      return `${names.length} keys in Memcached, all of them ids, and somebody else's untouched`;
    },
  };
}

/** @param {Context} context */
async function attackedSqlite(context) {
  const directory = await context.directory();
  const file = join(directory, "backups.db");
  return {
    start: { backup: `sqlite:${file}` },
    async check() {
      const database = new Database(file, { readonly: true });
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
      const ids = /** @type {string[]} */ (database.prepare("SELECT id FROM records").pluck().all());
      database.close();
      assert.deepEqual(tables, ["payloads", "records"]);
      for (const id of ids) assert.match(id, ID);
      assert.deepEqual((await readdir(directory)).filter((name) => !name.startsWith("backups.db")), []);
      return `${ids.length} ids, and the two tables are as they were`;
    },
  };
}

/** @param {Context} context */
async function attackedS3(context) {
  const { url, env, client, bucket } = await startS3(context);
  return {
    start: { backup: url, env },
    async check() {
      const { Contents: objects = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      for (const { Key: key = "" } of objects) assert.match(key, /^[a-z0-9_-]{1,100}\/[a-z\d-]+$/);
      return `${objects.length} objects, all of them named by ids`;
    },
  };
}

/** The newest record of the only key in a store of files. @param {string} directory */
async function newestFile(directory) {
  const newest = (await newestRecords(directory)).find(({ id }) => !id.startsWith("o_"));
  if (newest === undefined) throw new Error(`there is no record in ${directory}`);
  return newest;
}

/** Puts another payload into a record, right by its lengths and its checksum. @param {Buffer} record @param {Buffer} payload */
function withPayload(record, payload) {
  const [codec, key, metadata] = [record.readUInt8(5), record.readUInt32LE(6), record.readUInt32LE(10)];
  const head = Buffer.from(record.subarray(0, 34 + codec + key + metadata));
  head.writeUInt32LE(payload.length, 14);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(Buffer.concat([head, payload])));
  return Buffer.concat([head, payload, sum]);
}

/** The most memory that a process had so far, in MB. @param {number} pid */
async function peakMemory(pid) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

/** @type {readonly Fault[]} */
export const securityFaults = [
  attackedByKeys("fs", [], attackedFiles),
  attackedByKeys("redis", ["redis"], attackedRedis),
  attackedByKeys("memcached", ["memcached"], attackedMemcached),
  attackedByKeys("sqlite", [], attackedSqlite),
  attackedByKeys("s3", ["s3"], attackedS3),
  {
    id: "security-symlinks",
    area: "security",
    title: "symlinks planted in the directory",
    injected: "the newest record becomes a link to a file elsewhere that is a whole record; a name that comes is a link to a file elsewhere",
    holds: "what a link leads to is neither read nor written nor deleted",
    quick: true,
    allows: ["older", "error"],
    async run(context) {
      const parent = await context.directory();
      const directory = join(parent, "backups");
      const subject = await context.start({ backup: `file:${directory}` });
      allFrom(await subject.get(["key"]), "loader");
      const { path: file, later } = await newestFile(directory);
      const elsewhere = join(parent, "elsewhere");
      await rename(file, elsewhere);
      await symlink(elsewhere, file);
      const secret = join(parent, "secret");
      await writeFile(secret, "secret");
      await symlink(secret, later);
      const before = await readFile(elsewhere);

      const next = await context.start({ backup: `file:${directory}` });
      await next.source("down");
      allFailed(await next.get(["key"]), /the source is down/);
      await next.source("up");
      await next.get(["key"]);
      await next.call("delete", "key").catch(() => {}); // it may say that there is something that is no record
      assert.deepEqual(await readFile(elsewhere), before);
      assert.equal(await readFile(secret, "utf8"), "secret");
      return "a record behind a link was not read; both files elsewhere as they were after a read, a write and a delete";
    },
  },
  {
    id: "security-permissions",
    area: "security",
    title: "a umask that hides nothing",
    injected: "umask 0, and stores in files",
    holds: "directories are 0700 and files 0600: nobody else reads what was loaded",
    quick: true,
    async run(context) {
      const directory = await context.directory();
      const wrap = ["sh", "-c", 'umask 0; exec "$@"', "sh"];
      for (const backup of [`file:${directory}/files`, `sqlite:${directory}/sqlite/backups.db`]) {
        await mkdir(join(directory, "sqlite"), { recursive: true });
        const subject = await context.start({ backup, wrap, options: OPTIONS });
        await subject.get(["a", "b"]);
        await subject.call("expire", "a");
        await subject.source("down");
        await subject.get(["a", "b"]);
        await subject.close();
      }
      const names = (await readdir(directory, { recursive: true })).filter((name) => name !== "sqlite");
      const modes = await Promise.all(names.map(async (name) => ({ name, found: await stat(join(directory, name)) })));
      for (const { name, found } of modes) assert.equal((found.mode & 0o777).toString(8), found.isDirectory() ? "700" : "600", name);
      const directories = modes.filter(({ found }) => found.isDirectory()).length;
      return `${directories} directories 0700, ${modes.length - directories} files 0600`;
    },
  },
  {
    id: "security-bomb",
    area: "security",
    title: "a bomb that unpacks to 600 MB",
    injected: "the payload of a compressed record is replaced by one that unpacks to 600 MB, over twice of what is allowed, with lengths and checksum that are right",
    holds: "it is absent, and the memory is not filled",
    allows: ["error"],
    async run(context) {
      const directory = join(await context.directory(), "backups");
      const start = /** @type {const} */ ({ backup: `file:${directory}`, options: { codec: "compressed", backupTimeout: "10s" } });
      const writer = await context.start(start);
      await writer.source("up", { size: 10_000 });
      allFrom(await writer.get(["key"]), "loader");
      await writer.close();
      const { path: file } = await newestFile(directory);
      await writeFile(file, withPayload(await readFile(file), Buffer.concat([Buffer.of(1), bomb()])));
      const reader = await context.start(start);
      const before = await peakMemory(reader.pid);
      await reader.source("down");
      allFailed(await reader.get(["key"]), /the source is down/);
      assert.equal(told(reader.notes, "backupCorrupt"), 1);
      const more = (await peakMemory(reader.pid)) - before;
      assert.ok(more < 400, `it took ${more} MB of memory`);
      return `absent, and at most ${Math.round(more)} MB of memory more than before`;
    },
  },
  {
    id: "security-huge",
    area: "security",
    title: "a record of 100 GB",
    injected: "the file of a record becomes a sparse file of 100 GB",
    holds: "it is not read into memory: an event, and the source's own error",
    quick: true,
    allows: ["error"],
    async run(context) {
      const directory = join(await context.directory(), "backups");
      const subject = await context.start({ backup: `file:${directory}` });
      allFrom(await subject.get(["key"]), "loader");
      await truncate((await newestFile(directory)).path, 100_000_000_000);
      const reader = await context.start({ backup: `file:${directory}` });
      const before = await peakMemory(reader.pid);
      await reader.source("down");
      allFailed(await reader.get(["key"]), /the source is down/);
      const more = (await peakMemory(reader.pid)) - before;
      assert.ok(more < 100, `it took ${more} MB of memory`);
      return `${told(reader.notes, "backupFailed")} failures told, at most ${Math.round(more)} MB of memory more than before`;
    },
  },
  {
    id: "security-canaries",
    area: "security",
    title: "secrets in URLs and values",
    injected: "passwords in the URLs of stores that refuse or are not there, values that no codec keeps, damaged records: everything that events, errors, warnings and health say is searched",
    holds: "no password and no value is in any of it",
    needs: ["redis", "memcached"],
    async run(context) {
      const redis = await context.service("redis");
      const memcached = await context.service("memcached", "sasl");
      const admin = new Redis(redis.url);
      context.after(() => admin.disconnect());
      await admin.config("SET", "requirepass", "the-right-one");
      const directory = await context.directory();
      const caches = [
        `redis://user:canary-password@127.0.0.1:${redis.first.port}`,
        "redis://user:canary-password@127.0.0.1:1",
        "redis://user:canary-password@host.invalid:6379,other.invalid:6379",
        memcached.url.replace(memcached.secret, "canary-password"),
        "memcached://user:canary-password@127.0.0.1:1",
      ];
      /** @type {string[]} */
      const said = [];
      for (const cache of caches) {
        const subject = await context.start({ cache, backup: `file:${directory}`, verbose: true });
        for (const state of ["up", "unserialisable", "down", "throws", "late"]) {
          await subject.source(state);
          await subject.get(["a", "b"]);
        }
        said.push(JSON.stringify(await subject.call("health")), await subject.close());
      }
      const text = said.join("\n") + context.log.map((note) => (note.note === "get" ? JSON.stringify(note.error ?? "") : JSON.stringify(note))).join("\n");
      assert.ok(!text.includes("canary"), `a password stands in ${text.slice(Math.max(0, text.indexOf("canary") - 300), text.indexOf("canary") + 20)}`);
      const values = context.log.flatMap((note) => (note.note === "get" && note.error === undefined ? [/** @type {import("../src/value.mjs").Value} */ (note.value).sum] : []));
      for (const value of values) assert.ok(!text.includes(value), "a value stands in what was said");
      return `${text.length} characters said by ${caches.length} processes searched for a password and ${values.length} values: none; ${sources(context.log)}`;
    },
  },
];

/** 600 MB of zeros in a few megabytes. */
function bomb() {
  return deflateRawSync(Buffer.alloc(600_000_000), { level: 1 });
}
