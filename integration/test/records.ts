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
import { type Sample, samples } from "../records/values.mjs";

const WRITER = fileURLToPath(new URL("../records/write.mjs", import.meta.url));
const down = (): Promise<never> => Promise.reject(new Error("the source is down"));

/** Where `npm run matrix` has what others wrote, in a folder for each; without it this very version writes. */
const PLACE = process.env["MATRIX_RECORDS"];
const WRITERS: readonly string[] = process.env["MATRIX_WRITERS"]?.split(",") ?? ["this version"];

/** bun has a structured clone of its own, in the place of that of V8. */
const engineOf = (runtime: string): string => (runtime === "bun" ? "bun" : "V8");
const ENGINE = engineOf(process.versions["bun"] === undefined ? "V8" : "bun");

/** Adds a record of this runtime that is older than what is there, which a datastore itself would not do. */
async function writeOlder({ key, codec }: Sample, backup: BackupAdapter): Promise<void> {
  const aside = memoryBackup();
  const datastore = new Datastore({ cache: memoryCache(), backup: aside, codec, clock: { now: () => 1 } });
  await datastore.set(key, "an older value");
  for await (const { id, loadedAt, usedAt } of aside.list()) {
    const record = await aside.read(id);
    if (record !== undefined) await backup.write(id, record.bytes, { loadedAt, usedAt });
  }
  await datastore.close();
  await backup.close?.();
}

/** Records that each writer has left in a store, `open`ed where they are. */
export function recordTests(store: string, open: (directory: string) => BackupAdapter): void {
  describe.each(WRITERS)(`${store}, written by %s`, (writer) => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "lastgood-records-"));
      if (PLACE === undefined) await promisify(execFile)(process.execPath, [WRITER, directory]);
      else await cp(join(PLACE, writer), directory, { recursive: true });
    });
    afterAll(() => rm(directory, { recursive: true }));

    const openDatastore = ({ codec }: Sample): Datastore => {
      const datastore = new Datastore({ cache: memoryCache(), backup: open(directory), codec });
      onTestFinished(() => datastore.close());
      return datastore;
    };

    // Plain values are JSON in the default codec too.
    const isReadable = ({ isPlain }: Sample): boolean => isPlain || engineOf(writer) === ENGINE || writer === "this version";

    it.each(samples.filter(isReadable))("the record of $key stands in, and is what was loaded", async (sample) => {
      const result = await openDatastore(sample).getResult(sample.key, down);
      expect(result).toMatchObject({ source: "backup", stale: true });
      expect(result.value).toStrictEqual(sample.value);
    });

    it.each(samples.filter((sample) => !isReadable(sample)))("the record of $key is not decodable, which an event says, and an older record stands in", async (sample) => {
      await expect(openDatastore(sample).get(sample.key, down)).rejects.toThrow("the source is down");
      await writeOlder(sample, open(directory));
      const reasons: string[] = [];
      const datastore = openDatastore(sample);
      datastore.on("backupCorrupt", ({ reason }) => reasons.push(reason));
      expect(await datastore.get(sample.key, down)).toBe("an older value");
      expect(reasons).toEqual(["not decodable"]);
    });
  });
}
