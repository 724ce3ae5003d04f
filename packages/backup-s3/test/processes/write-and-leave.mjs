// Writes and reads, by a client that the adapter makes, and closes nothing.
import { s3Backup } from "@lastgood/backup-s3";

const [, , config = "", bucket = ""] = process.argv;
const backup = s3Backup(JSON.parse(config), { bucket });
await backup.write("left", Buffer.from("behind"), { loadedAt: 1, usedAt: 1 });
const record = await backup.read("left");
console.log(Buffer.from(record?.bytes ?? []).toString());
