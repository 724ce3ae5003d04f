/** The result codes of SQLite, by their numbers from 1 on: https://sqlite.org/rescode.html */
const names =
  "ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB".split(" ");

/** The second bytes of extended codes, from 1 on. */
const details: Readonly<Record<string, readonly string[]>> = {
  ABORT: ["", "ROLLBACK"],
  BUSY: "RECOVERY SNAPSHOT TIMEOUT".split(" "),
  CANTOPEN: "NOTEMPDIR ISDIR FULLPATH CONVPATH DIRTYWAL SYMLINK".split(" "),
  CONSTRAINT: "CHECK COMMITHOOK FOREIGNKEY FUNCTION NOTNULL PRIMARYKEY TRIGGER UNIQUE VTAB ROWID PINNED DATATYPE".split(" "),
  CORRUPT: "VTAB SEQUENCE INDEX".split(" "),
  IOERR:
    "READ SHORT_READ WRITE FSYNC DIR_FSYNC TRUNCATE FSTAT UNLOCK RDLOCK DELETE BLOCKED NOMEM ACCESS CHECKRESERVEDLOCK LOCK CLOSE DIR_CLOSE SHMOPEN SHMSIZE SHMLOCK SHMMAP SEEK DELETE_NOENT MMAP GETTEMPPATH CONVPATH VNODE AUTH BEGIN_ATOMIC COMMIT_ATOMIC ROLLBACK_ATOMIC DATA CORRUPTFS IN_PAGE".split(" "),
  LOCKED: "SHAREDCACHE VTAB".split(" "),
  READONLY: "RECOVERY CANTLOCK ROLLBACK DBMOVED CANTINIT DIRECTORY".split(" "),
};

/** The name of a result code: `"SQLITE_BUSY"` for 5, `"SQLITE_READONLY_DBMOVED"` for 1032. */
export function nameOfCode(code: number): string {
  const name = names[(code & 0xff) - 1] ?? "ERROR";
  const detail = details[name]?.[(code >> 8) - 1];
  return detail ? `SQLITE_${name}_${detail}` : `SQLITE_${name}`;
}

const messages: readonly (readonly [text: string, code: number])[] = [
  ["database is locked", 5],
  ["attempt to write a readonly database", 8],
  ["disk I/O error", 10],
  ["database disk image is malformed", 11],
  ["database or disk is full", 13],
  ["unable to open database file", 14],
  ["file is not a database", 26],
];

/** The code of an error of which only SQLite's message is known; 1, a plain error, if the message is another. */
export function codeOfMessage(message: string): number {
  return messages.find(([text]) => message.startsWith(text))?.[1] ?? 1;
}
