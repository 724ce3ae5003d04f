import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { startService } from "@lastgood/services";
import { describe, expect, it, onTestFinished } from "vitest";

const APP = fileURLToPath(new URL("app.mjs", import.meta.url));

interface Answer {
  readonly value: unknown;
  readonly source: string;
  readonly stale: boolean;
}

/** The source of the rates, over a real socket. */
async function startSource(): Promise<{ url: string; say: (rates: object) => void; stop: () => void }> {
  let rates: object = {};
  const server = createServer((_, response) => response.end(JSON.stringify(rates)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = (): void => void (server.close(), server.closeAllConnections());
  onTestFinished(stop);
  // A server that listens on a port has an address of this kind.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, say: (next) => (rates = next), stop };
}

type Environment = Readonly<Record<string, string>>;

async function runApp(url: string, environment: Environment): Promise<Answer> {
  const { stdout } = await promisify(execFile)(process.execPath, [APP, url], { env: { ...process.env, ...environment } });
  return JSON.parse(stdout) as Answer; // what the app prints
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-example-"));
  onTestFinished(() => rm(directory, { recursive: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

async function startRedis(variant?: "cluster"): Promise<string> {
  const redis = await startService("redis", variant);
  onTestFinished(() => redis.stop());
  return redis.url;
}

async function startMemcached(): Promise<string> {
  const memcached = await startService("memcached");
  onTestFinished(() => memcached.stop());
  return `memcached://${memcached.url.replace(/^.*:\/\//, "")}`;
}

async function startPostgres(): Promise<string> {
  const postgres = await startService("postgres");
  onTestFinished(() => postgres.stop());
  return postgres.url;
}

async function startS3(): Promise<Environment> {
  const s3 = await startService("s3");
  onTestFinished(() => s3.stop());
  const credentials = JSON.parse(await readFile(join(s3.dir, "credentials.json"), "utf8")) as Record<"accessKeyId" | "secretAccessKey", string>; // as services/s3.mjs writes them
  const client = new S3Client({ endpoint: s3.url, region: "us-east-1", forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: "backups" }));
  client.destroy();
  return {
    LASTGOOD_BACKUP_URL: `s3://backups/rates?region=us-east-1&forcePathStyle=true&endpoint=${encodeURIComponent(s3.url)}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

const SHAPES: Readonly<Record<string, () => Promise<Environment>>> = {
  "memory and a directory": async () => ({ LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: `file:${await newDirectory()}/backups` }),
  "Redis and SQLite": async () => ({ LASTGOOD_CACHE_URL: await startRedis(), LASTGOOD_BACKUP_URL: `sqlite:${await newDirectory()}/backups.db` }),
  "a Redis Cluster and S3": async () => ({ ...(await startS3()), LASTGOOD_CACHE_URL: await startRedis("cluster") }),
  "memory and PostgreSQL": async () => ({ LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: await startPostgres() }),
  "Memcached and a directory": async () => ({ LASTGOOD_CACHE_URL: await startMemcached(), LASTGOOD_BACKUP_URL: `file:${await newDirectory()}/backups` }),
};

describe.each(Object.entries(SHAPES))("the same app on %s", (_, makeEnvironment) => {
  it("the app answers from its source, and from its backup once the source is down and the cache is another one", async () => {
    const source = await startSource();
    const environment = await makeEnvironment();
    source.say({ EUR: 1 });
    expect(await runApp(source.url, environment)).toEqual({ value: { EUR: 1 }, source: "loader", stale: false });

    source.stop();
    // A cache of another kind, and an empty one: what answers now was kept by the backup.
    const otherCache = environment["LASTGOOD_CACHE_URL"] === "memory:" ? await startRedis() : "memory:";
    const swapped = { ...environment, LASTGOOD_CACHE_URL: otherCache };
    expect(await runApp(source.url, swapped)).toEqual({ value: { EUR: 1 }, source: "backup", stale: true });
  });
});

it("processes share a cache: what one has loaded is a hit for the next", async () => {
  const source = await startSource();
  const environment = { LASTGOOD_CACHE_URL: await startRedis(), LASTGOOD_BACKUP_URL: `file:${await newDirectory()}` };
  source.say({ EUR: 1 });
  await runApp(source.url, environment);
  source.say({ EUR: 2 });
  expect(await runApp(source.url, environment)).toEqual({ value: { EUR: 1 }, source: "cache", stale: false });
});

it("the app says at its start what is wrong with its environment", async () => {
  const environment = { LASTGOOD_CACHE_URL: "redis+sock://host/x", LASTGOOD_BACKUP_URL: "file:x" };
  await expect(runApp("http://127.0.0.1:9/", environment)).rejects.toThrow(/LASTGOOD_CACHE_URL begins with redis\+sock:, for which there is no adapter/);
});
