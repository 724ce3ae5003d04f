// Writes groups of records for ever, and after each group tells the stamp that has been acknowledged.
import { writeSync } from "node:fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { driver } from "./driver.mjs";

const [, , file = ""] = process.argv;
const ids = ["a", "b", "c"];
const backup = sqliteBackup(file, { driver });
const newest = await backup.read("a");

for (let stamp = (newest?.loadedAt ?? 0) + 1; ; stamp++) {
  const bytes = Buffer.alloc(20_000 + stamp, stamp % 251);
  await Promise.all(ids.map((id) => backup.write(id, bytes, { loadedAt: stamp, usedAt: stamp })));
  writeSync(1, `${stamp}\n`);
}
