/** What other releases, and other settings, have written: formats, codecs, records in the wrong place. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { allFailed, allFrom, keys, told } from "../src/expect.mjs";
import { recordsIn } from "../src/machine/records.mjs";
import { STORES } from "../src/stores.mjs";
import { isWhole } from "../src/value.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */

const KEYS = keys(20);

/** @param {string} id @param {"json" | "compressed" | "encrypted"} codec @returns {Fault} */
function otherCodec(id, codec) {
  return {
    id,
    area: "deploy",
    title: `a release that keeps values another way: ${codec}`,
    injected: `one process writes with the default codec, the next with ${codec}, then the first is rolled back to`,
    holds: "records of the other codec are absent and stay where they are; what a release has written itself answers when it comes back",
    allows: ["error", "older"],
    async run(context) {
      const backup = `file:${await context.directory()}/backups`;
      const old = await context.start({ backup });
      allFrom(await old.get(KEYS), "loader");
      await old.close();
      const release = await context.start({ backup, options: { codec } });
      await release.source("down");
      allFailed(await release.get(KEYS), /the source is down/);
      await release.source("up");
      allFrom(await release.get(KEYS), "loader");
      await release.close();
      const rolledBack = await context.start({ backup });
      await rolledBack.source("down");
      allFrom(await rolledBack.get(KEYS), "backup");
      await rolledBack.close();
      const again = await context.start({ backup, options: { codec } });
      await again.source("down");
      allFrom(await again.get(KEYS), "backup");
      return `${told(context.log, "backupCorrupt", /another codec/)} records of another codec told of; ${KEYS.length} keys answered after the rollback, and ${KEYS.length} by the release again`;
    },
  };
}

/** @type {readonly Fault[]} */
export const formatFaults = [
  {
    id: "deploy-first-format",
    area: "deploy",
    title: "a record of the first format",
    injected: "a record that was written by the first release, kept in this repository byte for byte, takes the place of one of this release",
    holds: "it is read, with its value and its age",
    quick: true,
    allows: ["older"],
    async run(context) {
      const directory = join(await context.directory(), "backups");
      const subject = await context.start({ backup: `file:${directory}` });
      allFrom(await subject.get(["golden"]), "loader");
      await subject.close();
      const [file = ""] = await recordsIn(directory);
      const golden = Buffer.from((await readFile(new URL("../golden/format-1.hex", import.meta.url), "utf8")).trim(), "hex");
      await writeFile(file, golden);
      const next = await context.start({ backup: `file:${directory}` });
      await next.source("down");
      const [note] = await next.get(["golden"]);
      assert.ok(isWhole(note?.value));
      assert.equal(note?.value.version, 1);
      assert.equal(note?.loadedAt, golden.readDoubleLE(18));
      return `${golden.length} bytes of format ${golden[3]} read, loaded at ${note?.loadedAt}`;
    },
  },
  otherCodec("deploy-codec-json", "json"),
  otherCodec("deploy-codec-compressed", "compressed"),
  otherCodec("deploy-codec-encrypted", "encrypted"),
  {
    id: "deploy-other-key",
    area: "deploy",
    title: "records are restored to the wrong places",
    injected: "the record of every key takes the place of that of the next key",
    holds: "a record of another key is absent: the source's own error, and never another key's value",
    quick: true,
    allows: ["error"],
    async run(context) {
      const open = STORES["sqlite"];
      assert.ok(open);
      const store = await open(context);
      const subject = await context.start({ backup: store.backup });
      allFrom(await subject.get(KEYS), "loader");
      await subject.close();
      const records = await store.records();
      for (const [index, { replace }] of records.entries()) await replace(records.at(index - 1)?.bytes ?? Buffer.of());
      const next = await context.start({ backup: store.backup });
      await next.source("down");
      allFailed(await next.get(KEYS), /the source is down/);
      return `${told(next.notes, "backupCorrupt", /another key/)} records of another key told of, 0 answered with`;
    },
  },
];
