// Puts the file into WAL mode and keeps a transaction open in which it has read. Answers each line with a line.
import { createInterface } from "node:readline";
import { valueOf } from "@lastgood/backup-sqlite/driver";
import { client } from "./driver.mjs";

const [, , file = ""] = process.argv;
const database = client.open(file, 5_000);
valueOf(database, "PRAGMA journal_mode = WAL");
database.exec("BEGIN");
const records = () => valueOf(database, "SELECT count(*) FROM records");
records();
console.log("reading");

for await (const line of createInterface(process.stdin)) {
  if (line === "records") console.log(records());
  else console.log(takeExclusively());
}

function takeExclusively() {
  database.exec("ROLLBACK; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 2; COMMIT");
  return "taken";
}
