// Takes a lock of the given kind and tells so. Keeps it until a line comes in.
import { writeSync } from "node:fs";
import { client } from "./driver.mjs";

const [, , file = "", kind = ""] = process.argv;
const database = client.open(file, 5_000);
database.exec(`BEGIN ${kind}`);
writeSync(1, "locked\n");

process.stdin.once("data", () => {
  database.exec("ROLLBACK");
  process.exit();
});
