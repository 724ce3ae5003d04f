import { execFileSync } from "node:child_process";
import { hash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BackupAdapter, BackupInfo } from "@lastgood/core/adapter";
import { onTestFinished } from "vitest";

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

/** The directory of an id in a store of few records. Other ids may share it. */
export function directoryOf(root: string, id: string): string {
  return join(root, hash("sha256", id, "hex").charAt(0));
}

/** Ids that are different and share a directory. */
export function sibling(index: number): string {
  for (let candidate = 0, found = -1; ; candidate++) {
    const id = `sibling-${candidate}`;
    if (directoryOf("", id) === directoryOf("", "id")) found++;
    if (found === index) return id;
  }
}

/** The names in the directory of an id. */
export function filesOf(root: string, id: string): string[] {
  return readdirSync(directoryOf(root, id)).sort();
}

export function recordName(id: string, loadedAt: number, usedAt: number = loadedAt): string {
  return `${id}~${sixteenDigits(loadedAt)}~${sixteenDigits(usedAt)}`;
}

export function recordPath(root: string, id: string, loadedAt: number, usedAt?: number): string {
  return join(directoryOf(root, id), recordName(id, loadedAt, usedAt));
}

export function markName(id: string, usedAt: number): string {
  return `${id}~used~${sixteenDigits(usedAt)}`;
}

export function markPath(root: string, id: string, usedAt: number): string {
  return join(directoryOf(root, id), markName(id, usedAt));
}

function sixteenDigits(time: number): string {
  return String(time).padStart(16, "0");
}

/** Whoever opens it waits for somebody at the other end, unless told not to. */
export function makePipe(path: string): void {
  execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", path]);
}
