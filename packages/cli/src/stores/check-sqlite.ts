import { valueOf } from "@lastgood/backup-sqlite/driver";
import { messageOf } from "@lastgood/core/adapter";
import { countOf } from "../terminal/show-size.ts";
import { loadSqlite } from "./sqlite.ts";

/** How long to wait for a writer, in milliseconds. */
const BUSY_TIMEOUT = 5_000;

/** An entry repeats what is known of its newest record. */
const WITHOUT_RECORD = `
  SELECT count(*) FROM entries WHERE NOT EXISTS (
    SELECT 1 FROM records WHERE records.id = entries.id AND records.loaded_at = entries.loaded_at AND length(records.bytes) = entries.size)`;
const WITHOUT_ENTRY = "SELECT count(*) FROM records WHERE NOT EXISTS (SELECT 1 FROM entries WHERE entries.id = records.id)";

/** What is wrong with a SQLite file besides its records: records have sums, and the tables around them have none. */
export function damageOf(file: string): readonly string[] {
  const problems: string[] = [];
  try {
    const database = loadSqlite().open(file, BUSY_TIMEOUT);
    try {
      const found = database.prepare<[], object>("PRAGMA integrity_check(10)").all().flatMap((row) => Object.values(row).map(String));
      if (found.join() !== "ok") problems.push(...found.map((line) => `the file is damaged: ${line}`));
      const lost = Number(valueOf(database, WITHOUT_RECORD));
      if (lost > 0) problems.push(`${countOf(lost, "key")} without the newest record that the list of keys names`);
      const hidden = Number(valueOf(database, WITHOUT_ENTRY));
      if (hidden > 0) problems.push(`${countOf(hidden, "record")} that the list of keys does not name`);
    } finally {
      database.close();
    }
  } catch (error) {
    problems.push(`the file is damaged: ${messageOf(error)}`);
  }
  return problems;
}
