import { PutObjectCommand, type S3ClientConfig } from "@aws-sdk/client-s3";
import { Datastore, type DatastoreEvents, type ValueCacheAdapter } from "@lastgood/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { interpose, reply } from "./support/interposer.ts";
import { opened, S3Server, type Store } from "./support/store.ts";

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server.stop());

const fresh = async (): Promise<string> => "fresh";
const down = async (): Promise<never> => {
  throw new Error("the source is down");
};

/** A cache that is always empty, so that every `get` uses the backup. */
const cache: ValueCacheAdapter = { name: "none", stores: "values", get: () => undefined, set: () => undefined, delete: () => undefined };

/** A datastore, and the failures of its backup. */
function datastoreOn({ bucket, config }: Pick<Store, "bucket" | "config">) {
  const datastore = new Datastore({ cache, backup: opened(config, { bucket }), backupTimeout: "5s" });
  // close() rejects while writes are not durable.
  onTestFinished(() => datastore.close().catch(() => undefined));
  const failed: DatastoreEvents["backupFailed"][] = [];
  const corrupt: DatastoreEvents["backupCorrupt"][] = [];
  datastore.on("backupFailed", (event) => void failed.push(event));
  datastore.on("backupCorrupt", (event) => void corrupt.push(event));
  return { datastore, failed, corrupt };
}

describe("a datastore with its backup in S3", () => {
  it("a datastore answers with the last good value from S3, also in another process", async () => {
    const store = await server.newStore();
    await datastoreOn(store).datastore.get("key", async () => ({ loaded: new Date(0) }), "5m");
    const { datastore, failed } = datastoreOn(store);
    const result = await datastore.getResult("key", down, "5m");
    expect(result).toMatchObject({ source: "backup", stale: true, value: { loaded: new Date(0) } });
    expect(failed).toEqual([]);
  });

  it("a datastore answers with the record before the newest if that has been altered", async () => {
    const store = await server.newStore();
    const { datastore, corrupt } = datastoreOn(store);
    await datastore.set("key", "first", "5m");
    await datastore.set("key", "second", "5m");
    const newest = (await server.keysIn(store.bucket)).find((key) => key.startsWith("key"));
    await server.client.send(new PutObjectCommand({ Bucket: store.bucket, Key: newest, Body: "<html>Log in</html>" }));
    expect(await datastore.get("key", down, "5m")).toBe("first");
    expect(corrupt).toHaveLength(1);
  });

  it("a datastore culls unused backups in S3, and leaves used ones", async () => {
    let now = Date.UTC(2030, 0, 1);
    const { bucket, config, backup } = await server.newStore();
    const datastore = new Datastore({ cache, backup, cullTime: "30d", clock: { now: () => now } });
    for (const key of ["a", "b", "c"]) await datastore.set(key, key, "5m");
    now += 34 * 24 * 3_600_000; // a cull waits a tenth of cullTime longer
    for (const key of ["b", "c"]) await datastore.set(key, key, "5m");
    expect(await datastore.cull()).toMatchObject({ examined: 3, deleted: 1, failed: 0 });
    expect(await datastoreOn({ bucket, config }).datastore.peekBackup("a")).toBeUndefined();
    expect(await datastore.get("b", down, "5m")).toBe("b");
    await datastore.close();
  });
});

/** Kinds of broken buckets, which all have the same effect for a user. */
const broken: readonly (readonly [string, () => Promise<Pick<Store, "bucket" | "config">>])[] = [
  ["is read-only", async () => storeOf(await server.configOfUser({ Action: ["s3:ListBucket", "s3:GetObject"] }))],
  ["is forbidden", async () => storeOf(await server.configOfUser({ Action: "s3:ListAllMyBuckets" }))],
  ["is not there", async () => ({ bucket: "bucket-that-nobody-made", config: server.config })],
  ["is behind a page that asks for a password", async () => {
    const between = await interpose(server.service.url);
    between.before = (asked) => reply(asked, 200, "<html><body>Log in<br></body></html>");
    return storeOf({ ...server.config, endpoint: between.url });
  }],
];

async function storeOf(config: S3ClientConfig): Promise<Pick<Store, "bucket" | "config">> {
  return { bucket: await server.newBucket(), config };
}

describe.each(broken)("a bucket that %s", (_, newStore) => {
  it("a broken bucket does not prevent a fresh value, and each failed write is an event", async () => {
    const { datastore, failed } = datastoreOn(await newStore());
    expect(await datastore.get("key", fresh, "5m")).toBe("fresh");
    expect(failed).toMatchObject([{ key: "key", operation: "write", retry: true }]);
    await expect(datastore.flush()).rejects.toMatchObject({ code: "NOT_DURABLE" });
  });

  it("a broken bucket leaves the loader's own error as it is", async () => {
    const { datastore } = datastoreOn(await newStore());
    await expect(datastore.get("key", down, "5m")).rejects.toThrow(/^the source is down$/);
  });
});

describe("an outage of S3", () => {
  it("an outage of S3 delays writes, and loses none", async () => {
    const between = await interpose(server.service.url);
    const bucket = await server.newBucket();
    const { datastore, failed } = datastoreOn({ bucket, config: { ...server.config, endpoint: between.url } });
    between.before = ({ request }) => {
      request.socket.destroy();
      return true;
    };
    expect(await datastore.get("key", fresh, "5m")).toBe("fresh");
    expect(failed).toHaveLength(1);
    between.before = () => false;
    await datastore.flush();
    expect(await datastoreOn({ bucket, config: server.config }).datastore.get("key", down, "5m")).toBe("fresh");
  });

  it("a silent S3 delays a fresh value by `backupWait` and a fallback by `backupTimeout`, and no longer", async () => {
    const between = await interpose(server.service.url);
    between.before = () => true;
    const config = { ...server.config, endpoint: between.url };
    const backup = opened(config, { bucket: await server.newBucket() });
    const datastore = new Datastore({ cache, backup, backupWait: 50, backupTimeout: 200 });
    expect(await datastore.get("key", fresh, "5m")).toBe("fresh");
    await expect(datastore.get("other", down, "5m")).rejects.toThrow("the source is down");
    await expect(datastore.close()).rejects.toMatchObject({ code: "NOT_DURABLE" });
    await expect.poll(() => between.connections()).toBe(0);
  });
});
