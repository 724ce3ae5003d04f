import { codeOf, messageOf } from "@lastgood/core/adapter";
import type { Settings } from "./options.ts";

/** Another process has the file locked. */
export function isBusy(error: unknown): boolean {
  return sqliteCodeOf(error).startsWith("SQLITE_BUSY");
}

/** The file was replaced or deleted. Sometimes SQLite notices this before we do. */
export function replaced(file: string, during: "opened" | "read" | "written"): Error {
  return new Error(`${file} was replaced while it was being ${during}`);
}

/** A missing file with `mustExist`. */
export function notThere(file: string): Error {
  return new Error(`${file} is not there, and mustExist forbids to make it: see whether the path is right`);
}

/** An error that says what failed, where, and what to do. SQLite's own messages name no file. */
export function explained(error: unknown, { file, busyTimeout }: Settings): Error {
  const code = sqliteCodeOf(error);
  const message = messageOf(error);
  if (isBusy(error)) {
    return new Error(`${file} has been locked by another process for over ${busyTimeout} ms (${code}): see who has it open`);
  }
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB") {
    return new Error(
      `${file} is damaged, or no SQLite database (${code}: ${message}). ` +
        `Move it away together with ${file}-journal, and a new one is begun; it is never deleted for you`,
    );
  }
  if (code === "SQLITE_READONLY_DBMOVED") return replaced(file, "written");
  if (/^SQLITE_(?:READONLY|CANTOPEN|PERM)/.test(code)) {
    return new Error(
      `${file}: ${message} (${code}). This process needs write permission for the file, its directory and the files beside ` +
        `it: ${file}-journal, or ${file}-wal and ${file}-shm while another process keeps it in WAL mode`,
    );
  }
  return new Error(code === "" ? message : `${file}: ${message} (${code})`);
}

/** Checks the code and not the class, because there may be two copies of better-sqlite3, or two realms. */
function sqliteCodeOf(error: unknown): string {
  const code = codeOf(error);
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}
