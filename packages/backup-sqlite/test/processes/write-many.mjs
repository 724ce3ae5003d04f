// Writes many records, all of them at once, and ends by itself.
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { driver } from "./driver.mjs";

const [, , file = "", prefix = "", count = ""] = process.argv;
const backup = sqliteBackup(file, { driver });
const bytes = Buffer.from(prefix);

await Promise.all(
  Array.from({ length: Number(count) }, (_, index) => backup.write(`${prefix}-${index}`, bytes, { loadedAt: 1, usedAt: 1 })),
);
