import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackupAdapter, BackupInfo } from "@lastgood/core/adapter";
import { onTestFinished } from "vitest";
import { idDirectory } from "../../src/layout.ts";

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "lastgood-fs-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The path of a store that is not there yet. */
export function newStore(): string {
  return join(temporaryDirectory(), "backups");
}

/** Resolves with the newest stamp. */
export async function write(backup: BackupAdapter, id: string, loadedAt: number, text?: string): Promise<number> {
  return backup.write(id, new TextEncoder().encode(text ?? `${id} ${loadedAt}`), { loadedAt, usedAt: loadedAt });
}

export async function readText(backup: BackupAdapter, id: string, before?: number): Promise<string | undefined> {
  const record = await backup.read(id, { before });
  return record && new TextDecoder().decode(record.bytes);
}

export async function listed(backup: BackupAdapter): Promise<BackupInfo[]> {
  const all: BackupInfo[] = [];
  for await (const info of backup.list()) all.push(info);
  return all;
}

/** What the directory of an id holds, by name. */
export function filesOf(root: string, id: string): string[] {
  return readdirSync(idDirectory(root, id)).sort();
}

export function recordPath(root: string, id: string, loadedAt: number): string {
  return join(idDirectory(root, id), String(loadedAt).padStart(16, "0"));
}

/** Whoever opens it waits for somebody at the other end, unless told not to. */
export function makePipe(path: string): void {
  execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", path]);
}
