import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startService } from "@lastgood/services";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Environment, newDirectory, startS3 } from "./stores.ts";

const READER = fileURLToPath(new URL("../processes/reader.mjs", import.meta.url));
const PROCESSES = 8;
const SOURCES = ["cache", "loader", "backup"] as const;

/** What a process wrote down: an answer, or the error that it got in place of one. Times are nanoseconds. */
interface Note {
  readonly key: string;
  readonly began: number;
  readonly ended: number;
  readonly loadedAt?: number;
  readonly source?: "cache" | "loader" | "backup";
  readonly whole?: boolean;
  readonly error?: string;
}

async function startPostgres(): Promise<string> {
  const postgres = await startService("postgres");
  onTestFinished(() => postgres.stop());
  return postgres.url;
}

const BACKUPS: Readonly<Record<string, () => Promise<Environment>>> = {
  "one directory": async () => ({ LASTGOOD_BACKUP_URL: `file:${await newDirectory()}/backups` }),
  "two directories": async () => ({ BACKUP_DIRECTORIES: `${await newDirectory()}/backups:${await newDirectory()}/backups` }),
  "one SQLite file": async () => ({ LASTGOOD_BACKUP_URL: `sqlite:${await newDirectory()}/backups.db` }),
  "one S3 bucket": startS3,
  "one PostgreSQL": async () => ({ LASTGOOD_BACKUP_URL: await startPostgres() }),
};

/** Keeps eight readers running, kills one of them every few notes, and returns what they wrote down. */
async function runReaders(environment: Environment, kills: number): Promise<Note[]> {
  const notes: Note[] = [];
  const readers = new Set<ChildProcess>();
  let ended = "";
  const start = (): void => {
    const reader = spawn(process.execPath, [READER], { env: { ...process.env, NODE_NO_WARNINGS: "1", ...environment }, stdio: ["ignore", "pipe", "inherit"] });
    readers.add(reader);
    reader.once("exit", (code, signal) => {
      if (readers.has(reader)) ended = `a reader ended by itself, by ${signal ?? `code ${code}`}`;
    });
    createInterface({ input: reader.stdout }).on("line", (line) => {
      if (line.endsWith("}")) notes.push(JSON.parse(line) as Note); // the last line of a process that was killed may be cut
    });
  };
  const until = async (isEnough: () => boolean): Promise<void> => {
    while (!isEnough()) {
      if (ended !== "") throw new Error(ended);
      await wait(5);
    }
  };
  onTestFinished(() => readers.forEach((reader) => reader.kill("SIGKILL")));
  for (let count = 0; count < PROCESSES; count++) start();
  for (let killed = 0; killed < kills; killed++) {
    const enough = notes.length + randomInt(10, 50); // the faults come at moments that nobody chose, however fast the stores are
    await until(() => notes.length >= enough);
    const [victim] = Array.from(readers).slice(randomInt(PROCESSES));
    if (victim !== undefined) await kill(victim, readers);
    start();
  }
  // Each way to an answer has to be gone, or nothing has been shown. On a busy machine a copy that is fresh for 50 ms is seldom met.
  await until(() => SOURCES.every((source) => notes.some((note) => note.source === source)));
  for (const reader of Array.from(readers)) await kill(reader, readers);
  return notes;
}

async function kill(reader: ChildProcess, readers: Set<ChildProcess>): Promise<void> {
  readers.delete(reader);
  reader.kill("SIGKILL");
  await once(reader, "close");
}

/** The answers that are older than one that somebody had before they were asked for, and the errors after a first answer. */
function contradictions(notes: readonly Note[]): string[] {
  const found: string[] = [];
  for (const key of new Set(notes.map((note) => note.key))) {
    const ofKey = notes.filter((note) => note.key === key);
    const answers = ofKey.filter((note) => note.loadedAt !== undefined).sort((a, b) => a.ended - b.ended);
    let newest = 0;
    let next = 0;
    for (const note of ofKey.sort((a, b) => a.began - b.began)) {
      for (; (answers[next]?.ended ?? Infinity) < note.began; next++) newest = Math.max(newest, answers[next]?.loadedAt ?? 0);
      if (note.error !== undefined && newest > 0) found.push(`${key}: ${note.error}, though ${newest} had been answered`);
      if (note.loadedAt !== undefined && note.loadedAt < newest) found.push(`${key}: ${note.loadedAt} from the ${note.source}, though ${newest} had been answered`);
    }
  }
  return found;
}

describe.each(Object.entries(BACKUPS))("eight processes with one Redis and %s, killed at random", (_, startBackup) => {
  it("processes that are killed at random see whole values, and none older than one that was answered before they asked", async () => {
    const redis = await startService("redis");
    onTestFinished(() => redis.stop());
    const environment = { ...(await startBackup()), LASTGOOD_CACHE_URL: redis.url };
    const notes = await runReaders(environment, 20);
    expect(contradictions(notes)).toEqual([]);
    expect(notes.filter((note) => note.whole === false)).toEqual([]);
  }, 300_000);
});
