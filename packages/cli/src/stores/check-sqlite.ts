import { valueOf } from "@lastgood/backup-sqlite/driver";
import { messageOf } from "@lastgood/core/adapter";
import { countOf } from "../terminal/show-size.ts";
import { loadSqlite } from "./sqlite.ts";

/** How long to wait for a writer, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

/** A record names the row of its bytes, and repeats their size. */
const WITHOUT_BYTES = `
  SELECT count(*) FROM records WHERE NOT EXISTS (
    SELECT 1 FROM payloads WHERE payloads.number = records.payload AND length(payloads.bytes) = records.size)`;
const WITHOUT_RECORD = "SELECT count(*) FROM payloads WHERE number NOT IN (SELECT payload FROM records)";

/** What is wrong with a SQLite file besides its records: records have sums, and the tables around them have none. */
export function damageOf(file: string): readonly string[] {
  const problems: string[] = [];
  try {
    const database = loadSqlite().open(file, BUSY_TIMEOUT);
    try {
      const found = database.prepare<[], object>("PRAGMA integrity_check(10)").all().flatMap((row) => Object.values(row).map(String));
      if (found.join() !== "ok") problems.push(...found.map((line) => `the file is damaged: ${line}`));
      const lost = Number(valueOf(database, WITHOUT_BYTES));
      if (lost > 0) problems.push(`${countOf(lost, "record")} in the list of keys whose bytes are gone or cut`);
      const hidden = Number(valueOf(database, WITHOUT_RECORD));
      if (hidden > 0) problems.push(`${countOf(hidden, "record")} that the list of keys does not name`);
    } finally {
      database.close();
    }
  } catch (error) {
    problems.push(`the file is damaged: ${messageOf(error)}`);
  }
  return problems;
}
