import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { BackupAdapter, BackupInfo } from "@lastgood/core/adapter";
import { onTestFinished } from "vitest";
import { chooseDriver, type DriverName, type SqliteDatabase, valueOf } from "../src/driver.ts";
import { sqliteBackup, type SqliteBackupOptions } from "../src/index.ts";

/** A directory that is deleted after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "lastgood-sqlite-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The path of a file that does not exist yet. */
export function newFile(): string {
  return join(temporaryDirectory(), "backup.db");
}

/** The driver under test: `TEST_DRIVER`, or the one that is chosen without a name. */
export const driver = chooseDriver(process.env["TEST_DRIVER"] as DriverName | undefined); // whoever sets it knows the names

/** An adapter that is closed after the test. On a busy machine a lock is held for longer than the default waits. */
export function openBackup(file: string, options?: SqliteBackupOptions): BackupAdapter {
  const backup = sqliteBackup(file, { busyTimeout: 50_000, driver: driver.name, ...options });
  onTestFinished(() => backup.close?.());
  return backup;
}

/** A separate connection, closed after the body. By the same driver: of two in one process, each would drop the other's locks. */
export function withDatabase<T>(file: string, body: (database: SqliteDatabase) => T): T {
  if (!existsSync(file)) writeFileSync(file, "");
  const database = driver.open(file, 5_000);
  try {
    return body(database);
  } finally {
    database.close();
  }
}

export async function write(backup: BackupAdapter, id: string, loadedAt: number, text = `${id} ${loadedAt}`): Promise<number> {
  return await backup.write(id, Buffer.from(text), { loadedAt, usedAt: loadedAt });
}

export async function readText(backup: BackupAdapter, id: string, before?: number): Promise<string | undefined> {
  const record = await backup.read(id, { before });
  return record && Buffer.from(record.bytes).toString();
}

export async function listed(backup: BackupAdapter): Promise<readonly BackupInfo[]> {
  const all: BackupInfo[] = [];
  for await (const info of backup.list()) all.push(info);
  return all;
}

/** The number of commits so far, which SQLite counts in the file's header. No call may be under way. */
export function commitsIn(file: string): number {
  return readFileSync(file).readUInt32BE(24);
}

/** The number of the first page of a table. */
export function rootPage(file: string, table: string): number {
  return withDatabase(file, (database) => Number(valueOf(database, `SELECT rootpage FROM sqlite_schema WHERE name = '${table}'`)));
}

/** Fills a page with ones. Pages count from 1. */
export function damagePage(file: string, page: number): void {
  const size = 4096;
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(descriptor);
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Starts a script of `test/processes`, killed at the end of the test if it still runs. It uses the compiled package. */
export function start(script: string, args: readonly string[], through: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(`./processes/${script}.mjs`, import.meta.url));
  const [command = process.execPath, ...rest] = [...through, process.execPath, path, ...args];
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Runs a script to its end and returns its messages. */
export async function run(script: string, args: readonly string[], through?: readonly string[]): Promise<string> {
  const child = start(script, args, through);
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  return output;
}

/** Another process keeps the file in WAL mode and reads it all the time, as Litestream does. */
export async function keepInWal(file: string): Promise<WalReader> {
  const { stdin, stdout } = start("keep-in-wal", [file]);
  const lines = createInterface(stdout)[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => String((await lines.next()).value);
  const ask = async (line: string): Promise<string> => (stdin.write(`${line}\n`), answer());
  await answer();
  return { records: () => ask("records"), takeExclusively: async () => void (await ask("exclusive")) };
}

interface WalReader {
  /** How many records it sees, in the transaction that it began when it opened the file. */
  records(): Promise<string>;
  /** Ends its transaction and keeps every other process out. */
  takeExclusively(): Promise<void>;
}

/** Lets another process lock the file until `release` is called. */
export async function holdLock(file: string, kind: "IMMEDIATE" | "EXCLUSIVE"): Promise<() => void> {
  const child = start("hold-lock", [file, kind]);
  await once(child.stdout, "data");
  return () => void child.stdin.write("release\n");
}
