import { join } from "node:path";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { recordTests } from "./records.ts";

// better-sqlite3 is made for Node: others write no file.
recordTests("records in a SQLite file", (writer) => !["bun", "Deno"].includes(writer), (directory) => sqliteBackup(join(directory, "file.db")));
