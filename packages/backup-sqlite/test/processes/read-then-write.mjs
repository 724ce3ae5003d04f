// Reads a record, tries to write one, reads again, and tells what came of each.
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { driver } from "./driver.mjs";

const [, , file = ""] = process.argv;
const backup = sqliteBackup(file, { driver });

/** @param {() => PromiseLike<unknown> | unknown} call */
async function outcome(call) {
  try {
    return await call();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const stampOfKept = async () => (await backup.read("kept"))?.loadedAt;

const read = await outcome(stampOfKept);
const written = await outcome(() => backup.write("new", Buffer.from("new"), { loadedAt: 2, usedAt: 2 }));
const readAgain = await outcome(stampOfKept);
console.log(JSON.stringify({ read, written, readAgain }));
