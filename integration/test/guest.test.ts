import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startService } from "@lastgood/services";
import { describe, expect, it, onTestFinished } from "vitest";
import { newDirectory, startS3 } from "./stores.ts";

type Guest = readonly [specifier: string, factory: string, given: readonly unknown[], environment?: Readonly<Record<string, string>>];

/** What each call has changed in the process. */
async function traces([specifier, factory, given, environment = {}]: Guest): Promise<Record<string, string[]>> {
  const program = fileURLToPath(new URL("../processes/guest.mjs", import.meta.url));
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, [program, specifier, factory, JSON.stringify(given)], { env });
  return JSON.parse(stdout) as Record<string, string[]>; // as guest.mjs prints it
}

async function started(name: "redis" | "memcached" | "postgres"): Promise<string> {
  const service = await startService(name);
  onTestFinished(() => service.stop());
  return service.url;
}

async function s3Guest(): Promise<Guest> {
  const environment = await startS3();
  const query = new URL(environment["LASTGOOD_BACKUP_URL"] ?? "").searchParams;
  const config = { region: "us-east-1", forcePathStyle: true, endpoint: query.get("endpoint") };
  return ["@lastgood/backup-s3", "s3Backup", [config, { bucket: "shared" }], environment];
}

const GUESTS: Readonly<Record<string, () => Promise<Guest>>> = {
  "backup-fs": async () => ["@lastgood/backup-fs", "fsBackup", [join(await newDirectory(), "backups")]],
  "backup-sqlite": async () => ["@lastgood/backup-sqlite", "sqliteBackup", [join(await newDirectory(), "backups.db")]],
  "backup-s3": s3Guest,
  "backup-postgres": async () => ["@lastgood/backup-postgres", "postgresBackup", [await started("postgres")]],
  "cache-memory": async () => ["@lastgood/cache-memory", "memoryCache", [{ maxBytes: 1_000_000 }]],
  "cache-redis": async () => ["@lastgood/cache-redis", "redisCache", [await started("redis")]],
  "cache-memcached": async () => ["@lastgood/cache-memcached", "memcachedCache", [await started("memcached")]],
};

/** The AWS SDK makes a global object of its own on import, and says on Node 20 that it will want a newer one. */
const OF_THE_SDK = /^globalThis\.awslambda$|^NodeVersionSupportWarning: The AWS SDK/;

describe("an adapter is a guest in its process", () => {
  it.each(Object.entries(GUESTS))("%s leaves no trace in the process after any of its methods", async (_, guest) => {
    const found = await traces(await guest());
    for (const [call, changes] of Object.entries(found)) {
      expect(changes.filter((change) => !OF_THE_SDK.test(change)), call).toEqual([]);
    }
    expect(Object.keys(found).length).toBeGreaterThan(6);
  });

  it("an adapter that is no good guest is found out, whatever it does", async () => {
    const found = await traces([fileURLToPath(new URL("../processes/rude-adapter.mjs", import.meta.url)), "rudeCache", []]);
    expect(found["create"]).toEqual([]);
    expect(found["set"]).toEqual(["process.emit"]);
    expect(found["get"]).toContain("listener 0 of process, SIGTERM");
    expect(found["get of nothing"]).toContain("node:fs.close");
    expect(found["delete"]).toContain("globalThis.rude");
    expect(found["warnings"]).toEqual(["I was here"]);
    expect(found["what keeps the process alive after close"]).toEqual(["Timeout"]);
  });
});
