import { readFileSync } from "node:fs";
import { join } from "node:path";
import { postgresBackup } from "@lastgood/backup-postgres";
import { s3Backup } from "@lastgood/backup-s3";
import type { BackupAdapter } from "@lastgood/core";
import { startService } from "@lastgood/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, type Sandbox, sandbox } from "./support/sandbox.ts";
import { contentsOf, newName, onDisk, program } from "./support/stores.ts";

type Service = Awaited<ReturnType<typeof startService>>;

/** A store of its own on a server. */
interface ServerStore {
  readonly place: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  open(): BackupAdapter;
}

let postgres: Service;
let s3: Service;

beforeAll(async () => {
  postgres = await startService("postgres");
  s3 = await startService("s3");
});

afterAll(async () => {
  await postgres.stop();
  await s3.stop();
});

function inPostgres(): ServerStore {
  const table = newName();
  return { place: `${postgres.url}?table=${table}`, env: {}, open: () => postgresBackup(postgres.url, { table }) };
}

async function inBucket(): Promise<ServerStore> {
  const bucket = newName().replace("_", "-");
  const credentials: { accessKeyId: string; secretAccessKey: string } = JSON.parse(readFileSync(join(s3.dir, "credentials.json"), "utf8"));
  await makeBucket(bucket);
  return {
    place: `s3://${bucket}/backups?region=us-east-1&endpoint=${s3.url}&forcePathStyle=true`,
    env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    open: () => s3Backup({ region: "us-east-1", endpoint: s3.url, forcePathStyle: true, credentials }, { bucket, prefix: "backups" }),
  };
}

/** Without a client: the emulator takes one request that is not signed. */
async function makeBucket(name: string): Promise<void> {
  await fetch(`${s3.url}/moto-api/reset-auth`, { method: "POST", body: "1" });
  const authorization = "AWS4-HMAC-SHA256 Credential=none/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none";
  const answer = await fetch(`${s3.url}/${name}`, { method: "PUT", headers: { authorization } });
  if (!answer.ok) throw new Error(`the bucket was not made: ${answer.status} ${await answer.text()}`);
}

async function newStore(kind: "postgres" | "s3"): Promise<ServerStore> {
  return kind === "postgres" ? inPostgres() : await inBucket();
}

function run(box: Sandbox, { place, env }: ServerStore, command: string, ...args: readonly string[]): Promise<Outcome> {
  return box.start([command, "--backup", place, ...args], env).outcome;
}

describe.each(["postgres", "s3"] as const)("a store in %s", (kind) => {
  it(`ls, show, verify, restore, cull --dry-run, status and doctor work on a store in ${kind}`, async () => {
    const box = await sandbox();
    const store = await newStore(kind);
    await program(store.open(), async (datastore) => {
      await datastore.set("user 7", "older");
      await datastore.set("user 7", "newer");
      await datastore.get("user 8", () => 8);
      await datastore.get("user 8", () => Promise.reject(new Error("down")), { refresh: true });
    });
    expect(String((await run(box, store, "ls")).stdout)).toMatch(/KEY\n.* user 7\n.* user 8\n$/);
    expect(String((await run(box, store, "show", "user 7")).stdout)).toMatch(/last good\n2 [^\n]*\n\nvalue:\n'newer'\n$/);
    expect(String((await run(box, store, "verify")).stdout)).toBe("verified 3 records of 2 keys and 1 outage: all is as it was written\n");
    expect((await run(box, store, "restore", "user 7")).code).toBe(0);
    expect(String((await run(box, store, "peek", "user 7")).stdout)).toBe("'older'\n");
    expect(String((await run(box, store, "cull", "--dry-run")).stdout)).toBe("examined 3, would delete 0\n");
    expect(JSON.parse(String((await run(box, store, "status", "--json")).stdout))).toMatchObject([{ key: "user 8", failures: 1 }]);
    const doctor = await run(box, store, "doctor");
    expect(String(doctor.stdout)).toMatch(/ok +2 keys of /);
    expect([doctor.stderr, doctor.code]).toEqual(["", 0]);
    expect(String(doctor.stdout)).not.toContain(postgres.secret);
  });

  it(`copy moves a store to ${kind} and back, with all stamps, uses and deletions`, async () => {
    const box = await sandbox();
    const store = await newStore(kind);
    const [from, back] = [onDisk(box, "file", "from"), onDisk(box, "sqlite", "back")];
    await program(from.open(), async (datastore) => {
      for (let index = 0; index < 5; index++) for (const round of ["older", "newer"]) await datastore.set(`key ${index}`, `${round} ${index}`);
      await datastore.delete("key 3");
    });
    const there = await box.start(["copy", from.place, store.place], store.env).outcome;
    expect([String(there.stdout), there.stderr, there.code]).toEqual([expect.stringMatching(/^copied 5 keys, 9 records of /), "", 0]);
    expect((await box.start(["copy", store.place, back.place], store.env).outcome).code).toBe(0);
    const [expected, found] = [await contents(from.open()), await contents(back.open())];
    expect(found).toEqual(expected);
    const again = await box.start(["copy", from.place, store.place], store.env).outcome;
    expect(String(again.stdout)).toBe("copied 0 keys, already there: 5\n");
  });

  it(`run keeps the last good output of a command in ${kind}, and nothing that only reads makes a store there`, async () => {
    const box = await sandbox();
    const store = await newStore(kind);
    for (const command of [["ls"], ["verify"], ["cull", "--dry-run"]]) {
      const [name = "", ...args] = command;
      const { stdout, stderr, code } = await run(box, store, name, ...args);
      expect([String(stdout), code]).toEqual(["", 1]);
      expect(stderr).toMatch(/^lastgood: there are no backups at (?:postgres|s3):\/\/\S+\n$/);
      expect(stderr).not.toContain(postgres.secret);
    }
    const env = { ...store.env, LASTGOOD_BACKUP_URL: store.place };
    const kept = await box.start(["run", "--key", "feed", "--ttl", "0", "--", "echo", "hello"], env).outcome;
    expect([String(kept.stdout), kept.code]).toEqual(["hello\n", 0]);
    const failed = await box.start(["run", "--key", "feed", "--ttl", "0", "--", "false"], env).outcome;
    expect(String(failed.stdout)).toBe("hello\n");
    expect(JSON.parse(String((await box.start(["status", "--json"], env).outcome).stdout))).toMatchObject([{ key: "feed" }]);
  });
});

it("tables of another program and a bucket that is missing cost one line, and are left as they are", async () => {
  const box = await sandbox();
  const bucket = await inBucket();
  const missing = { ...bucket, place: bucket.place.replace("s3://", "s3://no-") };
  const { stderr, code } = await run(box, missing, "ls");
  expect(stderr).toMatch(/^lastgood: s3:\/\/no-\S+ [^\n]*NoSuchBucket[^\n]*\n$/);
  expect(code).toBe(125);
  const nowhere = await run(box, { place: `${postgres.url.replace(/\/postgres$/, "/nowhere")}`, env: {}, open: bucket.open }, "ls");
  expect(nowhere.stderr).toMatch(/^lastgood: postgres:\/\/[^\n]*3D000[^\n]*\n$/);
  expect(nowhere.stderr).not.toContain(postgres.secret);
  expect(nowhere.code).toBe(125);
});

async function contents(backup: BackupAdapter): ReturnType<typeof contentsOf> {
  try {
    return await contentsOf(backup);
  } finally {
    await backup.close?.();
  }
}
