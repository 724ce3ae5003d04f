// Reads, starts a write, waits for nothing more and closes nothing.
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { driver } from "./driver.mjs";

const [, , file = ""] = process.argv;
const backup = sqliteBackup(file, { driver });
await backup.read("left");
void backup.write("left", Buffer.from("behind"), { loadedAt: 1, usedAt: 1 });
