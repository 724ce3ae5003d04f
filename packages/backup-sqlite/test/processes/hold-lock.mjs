// Takes a lock of the given kind and tells so. Keeps it for the given time, or until a line comes in.
import { writeSync } from "node:fs";
import Database from "better-sqlite3";

const [, , file = "", kind = "", milliseconds] = process.argv;
const database = new Database(file);
database.exec(`BEGIN ${kind}`);
writeSync(1, "locked\n");

const release = () => {
  database.exec("ROLLBACK");
  process.exit();
};
if (milliseconds === undefined) process.stdin.once("data", release);
else setTimeout(release, Number(milliseconds));
