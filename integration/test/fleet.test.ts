import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startService } from "@lastgood/services";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory } from "./stores.ts";

const MEMBER = fileURLToPath(new URL("../processes/fleet-member.mjs", import.meta.url));
const MS = 1_000_000;

interface Note {
  readonly began: number;
  readonly version: number;
  readonly source: string;
}

/** When a version was acknowledged. */
interface Acknowledged {
  readonly version: number;
  readonly at: number;
}

interface Answer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** A process of the fleet, which does what it is told. */
class Member {
  readonly process: ChildProcess;
  #asked = 0;

  constructor(environment: Readonly<Record<string, string>>) {
    this.process = fork(MEMBER, { env: { ...process.env, ...environment }, serialization: "advanced" });
    this.process.setMaxListeners(0);
  }

  async end(): Promise<void> {
    const over = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await over;
  }

  async tell(order: string, given = 0): Promise<unknown> {
    const id = ++this.#asked;
    const answered = new Promise<Answer>((resolve) => {
      const hear = (message: Answer): void => {
        if (message.id !== id) return;
        this.process.off("message", hear);
        resolve(message);
      };
      this.process.on("message", hear);
    });
    this.process.send({ id, order, given });
    const { answer, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return answer;
  }
}

async function startFleet(environment: Readonly<Record<string, string>> = {}) {
  const redis = await startService("redis");
  const members: Member[] = [];
  const directory = `${await newDirectory()}/backups`;
  onTestFinished(async () => {
    await Promise.all(members.map((member) => member.end()));
    await redis.stop();
  });
  for (let n = 0; n < 8; n++) members.push(new Member({ REDIS: redis.url, DIRECTORY: directory, ...environment }));
  await Promise.all(members.map(({ process: child }) => once(child, "message")));
  const [writer, ...readers] = members;
  if (writer === undefined) throw new Error("no fleet");
  return { redis, members, writer, readers };
}

/** Sets a version, and when it was acknowledged. A set that fails is no acknowledgement. */
async function acknowledge(writer: Member, version: number): Promise<Acknowledged | undefined> {
  try {
    return { version, at: Number(await writer.tell("set", version)) };
  } catch {
    return undefined;
  }
}

/** By how many milliseconds the answers came after a newer version had been acknowledged. */
function lags(notes: readonly Note[], acknowledged: readonly Acknowledged[]): number[] {
  return notes.flatMap(({ began, version }) => {
    const newer = acknowledged.find((one) => one.version > version);
    return newer === undefined || began <= newer.at ? [] : [(began - newer.at) / MS];
  });
}

async function notesOf(readers: readonly Member[]): Promise<Note[]> {
  const all = await Promise.all(readers.map((reader) => reader.tell("notes")));
  return all.flat() as Note[]; // as fleet-member.mjs makes them
}

describe("eight processes with a near cache each, and one Redis", () => {
  it("after an acknowledged set, no process answers with its older near copy", async () => {
    const { writer, readers } = await startFleet({ NEAR_TTL: "1h" });
    await writer.tell("set", 1);
    await Promise.all(readers.map((reader) => reader.tell("read")));
    await wait(500); // until all have subscribed
    const acknowledged: Acknowledged[] = [];
    for (let version = 2; version <= 30; version++) {
      const one = await acknowledge(writer, version);
      expect(one, "nothing disturbs this set").toBeDefined();
      if (one !== undefined) acknowledged.push(one);
      await wait(30);
    }
    await wait(1_000);
    const notes = await notesOf(readers);
    expect(notes.filter(({ source }) => source === "cache").length).toBeGreaterThan(notes.length / 2);
    // The near copies would be trusted for an hour: what ends them are the announcements. A busy machine may take its time.
    expect(Math.max(0, ...lags(notes, acknowledged))).toBeLessThan(1_000);
    expect(notes.filter(({ began }) => began > (acknowledged.at(-1)?.at ?? 0) + 1_000 * MS).every(({ version }) => version === 30)).toBe(true);
  }, 120_000);

  it.each([
    ["subscriptions are killed", ["CLIENT", "KILL", "TYPE", "pubsub"]],
    ["all other connections are killed", ["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]],
    ["announcements are forbidden", ["ACL", "SETUSER", "default", "resetchannels"]],
  ] as const)("while %s, no process answers with a copy older than acknowledged for longer than nearTtl", async (_, command) => {
    const { redis, writer, readers } = await startFleet({ NEAR_TTL: "1s" });
    await writer.tell("set", 1);
    await Promise.all(readers.map((reader) => reader.tell("read")));
    const acknowledged: Acknowledged[] = [];
    for (let version = 2; version <= 30; version++) {
      if (version % 5 === 0) await promisify(execFile)("redis-cli", ["-u", redis.url, ...command]);
      const one = await acknowledge(writer, version);
      if (one !== undefined) acknowledged.push(one);
      await wait(100);
    }
    await wait(1_500);
    const notes = await notesOf(readers);
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(Math.max(0, ...lags(notes, acknowledged))).toBeLessThanOrEqual(1_000 + 1); // the clock counts whole milliseconds
  }, 120_000);

  it("while Redis is frozen and started anew, no process answers with a copy older than acknowledged for longer than nearTtl", async () => {
    const { redis, writer, readers } = await startFleet({ NEAR_TTL: "1s" });
    await writer.tell("set", 1);
    await Promise.all(readers.map((reader) => reader.tell("read")));
    const acknowledged: Acknowledged[] = [];
    const setMore = async (from: number, to: number): Promise<void> => {
      for (let version = from; version <= to; version++) {
        const one = await acknowledge(writer, version);
        if (one !== undefined) acknowledged.push(one);
        await wait(50);
      }
    };
    await setMore(2, 10);
    redis.first.pause();
    await wait(1_500);
    redis.first.resume();
    await setMore(11, 20);
    await redis.first.kill();
    await setMore(21, 30);
    await redis.first.start();
    await setMore(31, 45);
    await wait(2_000);
    const notes = await notesOf(readers);
    expect(acknowledged.length).toBeGreaterThan(15);
    expect(Math.max(0, ...lags(notes, acknowledged))).toBeLessThanOrEqual(1_000 + 1);
  }, 120_000);

  it("of a thousand gets of a cold key, one calls its loader with a lease, and one in each process without", async () => {
    const leased = await startFleet({ LEASE: "30s", CACHE_TIMEOUT: "30s" });
    const calls = await Promise.all(leased.members.map((member) => member.tell("load", 1)));
    expect(calls.reduce((sum: number, count) => sum + Number(count), 0)).toBe(1);
    const free = await startFleet();
    const each = await Promise.all(free.members.map((member) => member.tell("load", 1)));
    expect(each.every((count) => Number(count) <= 1)).toBe(true);
    expect(each.reduce((sum: number, count) => sum + Number(count), 0)).toBeGreaterThan(1);
  }, 120_000);
});
