import Database from "better-sqlite3";
import type { Settings } from "./options.ts";

/** Another process has the file locked. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

/** The file is no longer where it was: another stands in its place, or none. SQLite sees it at times before we do. */
export function replaced(file: string): Error {
  return new Error(`${file} was replaced while it was being written`);
}

/** What failed, where, and what to do about it. SQLite's own messages name no file. */
export function explained(error: unknown, { file, busyTimeout }: Settings): Error {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (isBusy(error)) {
    return new Error(`${file} has been locked by another process for over ${busyTimeout} ms (${code}): see who has it open`);
  }
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new Error(
      `${file} is damaged, or no SQLite database (${code}: ${message}). ` +
        `Move it away together with ${file}-journal, and a new one is begun; it is never deleted for you`,
    );
  }
  if (code === "SQLITE_READONLY_DBMOVED") return replaced(file);
  return new Error(code === "" ? message : `${file}: ${message} (${code})`);
}

function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : "";
}
