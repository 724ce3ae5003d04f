import { join } from "node:path";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { recordTests } from "./records.ts";

recordTests("records in a SQLite file", (directory) => sqliteBackup(join(directory, "file.db")));
