/** The thread itself: batches in, replies out. A failed call becomes an outcome; nothing is thrown here. */
import { parentPort, workerData } from "node:worker_threads";
import type { Batch, Details, Reply } from "./calls.ts";
import { BackupDatabase } from "./database.ts";
import { chooseDriver } from "./drivers/choose.ts";
import type { Settings } from "./options.ts";
import { Runner } from "./runner.ts";

if (parentPort === null) throw new Error("This module is started as a thread, by sqliteBackup()");
const port = parentPort;

// database-thread.ts of the same release sends Settings and Batches.
const settings = workerData as Settings;
// Throws where none can be loaded, which ends the thread: the next one looks again, and remembers no package as missing.
const database = new BackupDatabase(chooseDriver(settings.driver), settings);
const runner = new Runner(database, settings);

let told: Details | undefined;

/** What the caller does not know of the database yet. */
function news(): Details | undefined {
  const { details } = database;
  if (details === told) return undefined;
  told = details;
  return details;
}

port.on("message", async ([number, lane, calls]: Batch) => {
  const outcomes = lane === "reads" ? await runner.read(calls) : await runner.write(calls);
  const reply: Reply = [number, outcomes, news()];
  port.postMessage(reply);
});
