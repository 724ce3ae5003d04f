// Takes a lock of the given kind and tells so. Keeps it until a line comes in.
import { writeSync } from "node:fs";
import Database from "better-sqlite3";

const [, , file = "", kind = ""] = process.argv;
const database = new Database(file);
database.exec(`BEGIN ${kind}`);
writeSync(1, "locked\n");

process.stdin.once("data", () => {
  database.exec("ROLLBACK");
  process.exit();
});
