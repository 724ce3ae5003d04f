import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { newDirectory } from "./stores.ts";

const PROGRAM = fileURLToPath(new URL("../processes/thousand-keys.mjs", import.meta.url));

it("in a cold total outage a thousand keys have a thousand answers, though each of two backups is destroyed in turn", { timeout: 300_000 }, async () => {
  const directory = await newDirectory();
  const [files, database] = [join(directory, "files"), join(directory, "backups.db")];
  const env = { ...process.env, LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: `file:${files},sqlite:${database}` };
  /** As a process of its own, whose cache is empty. */
  const run = async (what: "load" | "outage"): Promise<unknown> => JSON.parse((await promisify(execFile)(process.execPath, [PROGRAM, what], { env })).stdout);

  expect(await run("load")).toEqual({ right: 1_000, missed: "nothing" });
  await rm(files, { recursive: true });
  expect(await run("outage")).toEqual({ right: 1_000, missed: "nothing" });
  // The directory has been filled again by the reads of that outage.
  await writeFile(database, randomBytes(100_000));
  expect(await run("outage")).toEqual({ right: 1_000, missed: "something" });
  await rm(database);
  expect(await run("outage")).toEqual({ right: 1_000, missed: "nothing" });
  await rm(files, { recursive: true });
  expect(await run("outage")).toEqual({ right: 1_000, missed: "nothing" });
});
