import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { memoryCache } from "@lastgood/cache-memory";
import { type BackupAdapter, Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { codecs, isOfJson, valueFor } from "../records/values.mjs";

type CodecName = keyof typeof codecs;
// The keys of the object are its own.
const NAMES = Object.keys(codecs) as CodecName[];
const WRITER = fileURLToPath(new URL("../records/write.mjs", import.meta.url));
const down = (): Promise<never> => Promise.reject(new Error("the source is down"));

/** Where `npm run matrix` has what others wrote, in a folder for each; without it this very version writes. */
const PLACE = process.env["MATRIX_RECORDS"];
const WRITERS: readonly string[] = process.env["MATRIX_WRITERS"]?.split(",") ?? ["this version"];

/** bun has a structured clone of its own, in the place of that of V8. */
const engineOf = (runtime: string): string => (runtime === "bun" ? "bun" : "V8");
const ENGINE = engineOf(process.versions["bun"] === undefined ? "V8" : "bun");

/** Adds a record of this runtime that is older than what is there, which a datastore itself would not do. */
async function writeOlder(codec: CodecName, backup: BackupAdapter): Promise<void> {
  const aside = memoryBackup();
  const datastore = new Datastore({ cache: memoryCache(), backup: aside, codec: codecs[codec], clock: { now: () => 1 } });
  await datastore.set(codec, "an older value");
  for await (const { id, loadedAt, usedAt } of aside.list()) {
    const record = await aside.read(id);
    if (record !== undefined) await backup.write(id, record.bytes, { loadedAt, usedAt });
  }
  await datastore.close();
  await backup.close?.();
}

/** Records that each writer has left in a store, `open`ed where they are. */
export function recordTests(store: string, writers: (name: string) => boolean, open: (directory: string) => BackupAdapter): void {
  describe.each(WRITERS.filter(writers))(`${store}, written by %s`, (writer) => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "lastgood-records-"));
      if (PLACE === undefined) await promisify(execFile)(process.execPath, [WRITER, directory, "sqlite"]);
      else await cp(join(PLACE, writer), directory, { recursive: true });
    });
    afterAll(() => rm(directory, { recursive: true }));

    const openDatastore = (codec: CodecName): Datastore => {
      const datastore = new Datastore({ cache: memoryCache(), backup: open(directory), codec: codecs[codec] });
      onTestFinished(() => datastore.close());
      return datastore;
    };

    const isReadable = (codec: string): boolean => isOfJson(codec) || engineOf(writer) === ENGINE || writer === "this version";

    it.each(NAMES.filter(isReadable))("%s: stands in, and is what was loaded", async (codec) => {
      const result = await openDatastore(codec).getResult(codec, down);
      expect(result).toMatchObject({ source: "backup", stale: true });
      expect(result.value).toStrictEqual(valueFor(codec));
    });

    it.each(NAMES.filter((codec) => !isReadable(codec)))("%s: is absent, which is told, and an older record stands in", async (codec) => {
      await expect(openDatastore(codec).get(codec, down)).rejects.toThrow("the source is down");
      await writeOlder(codec, open(directory));
      const reasons: string[] = [];
      const datastore = openDatastore(codec);
      datastore.on("backupCorrupt", ({ reason }) => reasons.push(reason));
      expect(await datastore.get(codec, down)).toBe("an older value");
      expect(reasons).toEqual(["not decodable"]);
    });
  });
}
