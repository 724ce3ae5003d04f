import { chooseDriver, type SqliteDriver } from "@lastgood/backup-sqlite/driver";
import { messageOf } from "@lastgood/core/adapter";

let driver: SqliteDriver | undefined;

/** Loads SQLite on demand, because stores in directories work without it. @throws Error that says what to install. */
export function loadSqlite(): SqliteDriver {
  if (driver === undefined) {
    dropExperimentalWarnings();
    driver = chooseDriver(undefined);
  }
  return driver;
}

/** Why SQLite cannot be used, and what to install; `undefined` if it can. */
export function whySqliteFails(): string | undefined {
  try {
    loadSqlite();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Node 22 and 24 call their SQLite an experiment, on the standard error of whoever has started the command line. */
function dropExperimentalWarnings(): void {
  const printers = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name === "ExperimentalWarning") return;
    for (const print of printers) print.call(process, warning);
  });
}
