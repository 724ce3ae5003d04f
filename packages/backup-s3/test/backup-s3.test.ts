import { getEventListeners } from "node:events";
import { GetObjectTaggingCommand, HeadObjectCommand, type ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { s3Backup } from "../src/index.ts";
import { recordKey } from "../src/keys.ts";
import { interpose, reply } from "./support/interposer.ts";
import { countdown, listed, opened, readText, S3Server, write } from "./support/store.ts";

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server.stop());

/** A store behind a proxy that sees all requests and may answer them. */
async function observedStore() {
  const between = await interpose(server.service.url);
  const store = await server.newStore({ prefix: "p" }, { ...server.config, endpoint: between.url });
  return { ...store, between, direct: opened(server.config, { bucket: store.bucket, prefix: "p" }) };
}

/** Does the work for each item, a limited number in parallel. */
async function atOnce<T>(many: number, all: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += many) await Promise.all(all.slice(at, at + many).map(work));
}

/** A store whose client counts requests under way, and how often each command was sent. None is answered before `held` is over. */
async function countedStore(held?: Promise<unknown>) {
  const client = new S3Client(server.config);
  onTestFinished(() => client.destroy());
  const sent: string[] = [];
  let underWay = 0;
  let most = 0;
  client.middlewareStack.add((next, { commandName = "" }) => async (args) => {
    sent.push(commandName);
    most = Math.max(most, ++underWay);
    try {
      await held;
      return await next(args);
    } finally {
      underWay--;
    }
  }, { step: "initialize" });
  const bucket = await server.newBucket();
  return { bucket, backup: s3Backup(client, { bucket }), sent, most: () => most };
}

/** From now on, a PUT takes as long as the test says, however busy the machine is. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("writes that come together", () => {
  const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`);

  it("many writes at once are sent some at a time, and all are stored", async () => {
    let answer = (): void => {};
    const { bucket, backup, most } = await countedStore(new Promise<void>((resolve) => void (answer = resolve)));
    const written = Promise.all(ids.map((id) => write(backup, id, 1)));
    while (most() < 32) await turn(); // sixteen writes, each a PUT and a LIST
    for (let turns = 0; turns < 200; turns++) await turn(); // in which others would begin
    expect(most()).toBe(32);
    answer();
    await written;
    expect(most()).toBe(32);
    expect((await server.keysIn(bucket)).length).toBe(100);
  });

  it("no two requests of writes begin in one turn of the event loop, however many answers came in the last", async () => {
    let turns = 0;
    const count = (): void => void (turns++, (counting = setImmediate(count)));
    let counting = setImmediate(count);
    onTestFinished(() => clearImmediate(counting));
    const begun: number[] = [];
    const keys: string[] = [];
    /** A client whose answers all come in one turn. */
    const send = async ({ input }: PutObjectCommand | ListObjectsV2Command): Promise<unknown> => {
      begun.push(turns);
      await new Promise((resolve) => setTimeout(resolve, 50 - (performance.now() % 50)));
      if ("Key" in input) return keys.push(String(input.Key)), { ETag: "tag" };
      const { Prefix: prefix = "" } = input;
      return { IsTruncated: false, Contents: keys.filter((key) => key.startsWith(prefix)).map((key) => ({ Key: key })) };
    };
    const backup = s3Backup(Object.assign(new S3Client({}), { send }), { bucket: "bucket" });
    await Promise.all(ids.map((id) => write(backup, id, 1)));
    expect(begun.length).toBe(200);
    expect(new Set(begun).size).toBe(200);
  });

  it("a read does not wait for many writes at once", async () => {
    const { backup } = await countedStore();
    await write(backup, "id", 1);
    let written = 0;
    const writes = Promise.all(ids.map(async (id) => (await write(backup, id, 1), written++)));
    expect(await readText(backup, "id")).toBe("id 1");
    expect(written).toBeLessThan(ids.length - 16); // a write behind them all would begin only after all but 16 of them
    await writes;
  });

  it("a write that is aborted before its turn is not sent", async () => {
    const { backup, sent } = await countedStore();
    const givenUp = new AbortController();
    const writes = ids.map((id, index) =>
      backup.write(id, new Uint8Array(), { loadedAt: 1, usedAt: 1, ...(index >= 16 && { signal: givenUp.signal }) }),
    );
    givenUp.abort(new Error("too late"));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.filter(({ status }) => status === "rejected")).toEqual(ids.slice(16).map(() => ({ status: "rejected", reason: new Error("too late") })));
    expect(sent.filter((command) => command === "PutObjectCommand").length).toBe(16);
  });
});

describe("what is in the bucket", () => {
  it("a record is an object whose name has its times, counted down so that the newest lists first", async () => {
    const { bucket, backup } = await server.newStore({ prefix: "backups/feeds" });
    await backup.write("id", new TextEncoder().encode("the bytes"), { loadedAt: 0, usedAt: 5 });
    await backup.write("id", new Uint8Array(), { loadedAt: 7, usedAt: 9 });
    expect(await server.keysIn(bucket)).toEqual([
      "backups/feeds/id/9007199254740984-9007199254740982",
      "backups/feeds/id/9007199254740991-9007199254740986",
    ]);
  });

  it("the newest two records of an id are kept", async () => {
    const { bucket, backup } = await server.newStore();
    for (const stamp of [3, 1, 5, 2, 4]) await write(backup, "id", stamp);
    expect(await server.keysIn(bucket)).toEqual([5, 4].map((stamp) => `id/${countdown(stamp)}-${countdown(stamp)}`));
  });

  it("the newest `generations` records are kept", async () => {
    const { backup } = await server.newStore({ generations: 3 });
    for (const stamp of [1, 2, 3, 4, 5]) await write(backup, "id", stamp);
    expect(await readText(backup, "id", 4)).toBe("id 3");
    expect(await readText(backup, "id", 3)).toBeUndefined();
  });

  it("a touch leaves one mark, an empty object", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1);
    for (const usedAt of [10, 30, 20]) await backup.touch("id", { usedAt });
    expect(await server.keysIn(bucket)).toEqual([`id/${countdown(1)}-${countdown(1)}`, `id/used-${countdown(30)}`]);
    expect(await listed(backup)).toEqual([{ id: "id", loadedAt: 1, usedAt: 30, size: 4 }]);
  });

  it("a write removes a mark of an earlier use", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1);
    await backup.touch("id", { usedAt: 10 });
    await write(backup, "id", 20);
    expect(await server.keysIn(bucket)).toHaveLength(2);
  });

  it("a mark keeps the latest use when the record that held it is removed", async () => {
    const { bucket, backup } = await server.newStore();
    await backup.write("id", new Uint8Array(1), { loadedAt: 1, usedAt: 90 });
    await write(backup, "id", 2);
    await write(backup, "id", 3);
    expect(await server.keysIn(bucket)).toContain(`id/used-${countdown(90)}`);
    expect(await listed(backup)).toMatchObject([{ usedAt: 90, loadedAt: 3 }]);
  });

  it("a delete removes every object, marks included", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1);
    await write(backup, "id", 2);
    await backup.touch("id", { usedAt: 10 });
    expect(await backup.delete("id")).toBe(true);
    expect(await server.keysIn(bucket)).toEqual([]);
  });

  it("a delete removes a mark whose records are gone, and resolves with false", async () => {
    const { bucket, backup } = await server.newStore();
    await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: `id/used-${countdown(9)}`, Body: "x" }));
    expect(await listed(backup)).toEqual([]);
    expect(await backup.delete("id")).toBe(false);
    expect(await server.keysIn(bucket)).toEqual([]);
  });

  it("objects of others are neither listed nor deleted", async () => {
    const { bucket, backup } = await server.newStore({ prefix: "p" });
    const time = countdown(1);
    const noTime = "9999999999999999";
    const names = [
      ...["p/readme.txt", "p/id", "p/id/", "p/id/notes", "p/id/\u{1F600} &<>+%20\u0001"],
      ...[`p/id/${time}`, `p/id/${time}-${time}-x`, `p/id/x/${time}-${time}`, `p/Id/${time}-${time}`],
      ...[`p/id/${noTime}-${time}`, `p/id/${time}-${noTime}`, `p/id/used-${noTime}`],
    ];
    for (const Key of names) await server.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "theirs" }));
    await write(backup, "id", 1);
    expect(await listed(backup)).toEqual([{ id: "id", loadedAt: 1, usedAt: 1, size: 4 }]);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(await backup.delete("id")).toBe(true);
    expect((await server.keysIn(bucket)).sort()).toEqual(names.sort());
  });

  it("stores of different prefixes in one bucket do not see each other", async () => {
    const { bucket } = await server.newStore();
    const prefixes = ["", "a", "ab", "a/b", "a/id", "id"];
    const stores = prefixes.map((prefix) => opened(server.config, { bucket, prefix }));
    for (const [index, backup] of stores.entries()) await write(backup, "id", index + 1);
    for (const [index, backup] of stores.entries()) {
      expect(await listed(backup)).toMatchObject([{ id: "id", loadedAt: index + 1 }]);
      expect(await backup.delete("id")).toBe(true);
      expect(await readText(backup, "id")).toBeUndefined();
    }
  });

  it("a prefix means the same with a slash at its end", async () => {
    const { bucket, backup } = await server.newStore({ prefix: "a/b" });
    await write(backup, "id", 1);
    expect(await readText(opened(server.config, { bucket, prefix: "a/b/" }), "id")).toBe("id 1");
  });

  it("a prefix may have spaces, letters of any script and characters that XML and URLs escape", async () => {
    const { backup } = await server.newStore({ prefix: "env=prod/Zürich & <α>+%20/'\"" });
    await write(backup, "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(await listed(backup)).toMatchObject([{ id: "id" }]);
    expect(await backup.delete("id")).toBe(true);
  });

  it("an id that would lead into another store is refused", async () => {
    const { backup } = await server.newStore();
    for (const id of ["a/b", "..", "", "A", "x".repeat(101)]) {
      await expect(async () => backup.read(id)).rejects.toThrow(RangeError);
      await expect(write(backup, id, 1)).rejects.toThrow(RangeError);
      await expect(async () => backup.delete(id)).rejects.toThrow(RangeError);
    }
  });

  it("times that no name can hold are refused", async () => {
    const { bucket, backup } = await server.newStore();
    for (const time of [-1, 0.5, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER + 1]) {
      await expect(async () => backup.write("id", new Uint8Array(1), { loadedAt: time, usedAt: 1 })).rejects.toThrow(RangeError);
    }
    expect(await server.keysIn(bucket)).toEqual([]);
  });
});

describe("what is asked of the server", () => {
  it("nothing is sent before the first call", async () => {
    const { between } = await observedStore();
    expect(between.asked).toEqual([]);
    expect(await between.connections()).toBe(0);
  });

  it("a write makes a PUT and a LIST, and deletes records that became too old", async () => {
    stopClock();
    const { backup, between } = await observedStore();
    for (const stamp of [1, 2]) await write(backup, "id", stamp);
    between.asked.length = 0;
    await write(backup, "id", 3);
    const [first, third] = [1, 3].map((stamp) => `p/id/${countdown(stamp)}-${countdown(stamp)}`);
    const [, , tidying] = between.asked;
    expect(between.asked.slice(0, 2).sort()).toEqual(["ListObjectsV2 p/id/", `PutObject ${third}`]);
    expect(tidying).toBe(`DeleteObject ${first}`);
    expect(between.asked).toHaveLength(3);
  });

  it("a write looks at what there is while its record is put", async () => {
    const { backup, between, direct } = await observedStore();
    await write(direct, "id", 5);
    const looked = new Promise<void>((resolve) => {
      between.before = async ({ operation }) => (operation === "ListObjectsV2" ? resolve() : looked);
    });
    expect(await write(backup, "id", 4)).toBe(5);
    expect(await write(backup, "id", 6)).toBe(6);
  });

  it("a write that is overtaken while its PUT is slow resolves with the newer stamp", async () => {
    stopClock();
    const { backup, between, direct } = await observedStore();
    let answered = (): void => {};
    const looked = new Promise<void>((resolve) => void (answered = resolve));
    between.before = async ({ operation, response }) => {
      if (operation === "ListObjectsV2") response.once("close", answered);
      if (operation !== "PutObject") return;
      await looked;
      await write(direct, "id", 9);
      vi.advanceTimersByTime(50);
    };
    expect(await write(backup, "id", 4)).toBe(9);
  });

  it("a look that fails is made again once the record is there", async () => {
    const { backup, between, direct } = await observedStore();
    await write(direct, "id", 5);
    between.before = (asked) => {
      if (asked.operation !== "ListObjectsV2") return false;
      between.before = () => undefined;
      return reply(asked, 403, "<Error><Code>AccessDenied</Code></Error>");
    };
    expect(await write(backup, "id", 4)).toBe(5);
  });

  it("a write whose PUT fails rejects with its error, whatever the look says", async () => {
    const { backup, between } = await observedStore();
    between.before = (asked) => reply(asked, 403, `<Error><Code>${asked.operation}Denied</Code></Error>`);
    await expect(write(backup, "id", 4)).rejects.toThrow(/PutObjectDenied/);
  });

  it("a touch without a later use changes nothing", async () => {
    const { backup, between } = await observedStore();
    await write(backup, "id", 5);
    between.asked.length = 0;
    await backup.touch("id", { usedAt: 5 });
    await backup.touch("absent", { usedAt: 9 });
    expect(between.asked).toEqual(["ListObjectsV2 p/id/", "ListObjectsV2 p/absent/"]);
  });

  it("list requests pages of names and nothing else", async () => {
    const { backup, between } = await observedStore();
    for (const id of ["a", "b", "c"]) await write(backup, id, 1);
    between.asked.length = 0;
    expect(await listed(backup)).toHaveLength(3);
    expect(between.asked).toEqual(["ListObjectsV2 p/"]);
  });

  it("more than a thousand objects are listed by the page, and deleted by the thousand", { timeout: 240_000 }, async () => {
    const { bucket, backup, between } = await observedStore();
    const idOf = (index: number): string => (index < 1_050 ? "id" : `other-${index}`);
    const names = Array.from({ length: 1_100 }, (_, index) => ({ id: idOf(index), loadedAt: index, usedAt: 1 }));
    await atOnce(50, names, async (name) => {
      await server.client.send(new PutObjectCommand({ Bucket: bucket, Key: recordKey("p/", name), Body: "x" }));
    });

    const { signal } = new AbortController();
    const found: string[] = [];
    for await (const { id } of backup.list({ signal })) found.push(id);
    expect(found.sort()).toEqual([...new Set(names.map(({ id }) => id))].sort());
    expect(between.asked.splice(0)).toEqual(["ListObjectsV2 p/", "ListObjectsV2 p/"]);
    // One signal serves every page, and must not keep a listener for each.
    await expect.poll(() => getEventListeners(signal, "abort")).toHaveLength(0);

    const batches: number[] = [];
    between.before = ({ operation, body }) => {
      if (operation === "DeleteObjects") batches.push(body.toString().split("<Key>").length - 1);
    };
    expect(await backup.delete("id")).toBe(true);
    expect(batches).toEqual([1_000, 49]);
    const asked = between.asked.map((line) => line.split(" ", 1)[0]);
    expect(asked).toEqual(["ListObjectsV2", "ListObjectsV2", "DeleteObjects", "DeleteObjects", "DeleteObject"]);
    expect(await server.keysIn(bucket)).toHaveLength(50);
  });

  it("a record that is pruned between the list and the get gives way to a newer one", async () => {
    const { backup, between, direct } = await observedStore();
    await write(direct, "id", 1);
    between.before = async ({ operation }) => {
      if (operation !== "GetObject") return;
      between.before = () => undefined;
      for (const stamp of [2, 3]) await write(direct, "id", stamp);
    };
    expect(await readText(backup, "id")).toBe("id 3");
  });

  it("a record that is deleted between the list and the get is absent", async () => {
    const { backup, between, direct } = await observedStore();
    await write(direct, "id", 1);
    between.before = async ({ operation }) => operation === "GetObject" && void (await direct.delete("id"));
    expect(await readText(backup, "id")).toBeUndefined();
  });

  it("objects that stay listed but cannot be read are an error", async () => {
    const { backup, between, direct } = await observedStore();
    await write(direct, "id", 1);
    between.before = (asked) => asked.operation === "GetObject" && reply(asked, 404, "<Error><Code>NoSuchKey</Code></Error>");
    await expect(async () => backup.read("id")).rejects.toThrow(/p\/id\/: what is listed is not there/);
  });

  it("the newest record is the last to go, after all older ones and the marks", async () => {
    const { backup, between } = await observedStore();
    for (const stamp of [1, 2]) await write(backup, "id", stamp);
    await backup.touch("id", { usedAt: 9 });
    between.asked.length = 0;
    await backup.delete("id");
    expect(between.asked).toEqual(["ListObjectsV2 p/id/", "DeleteObjects ", `DeleteObject p/id/${countdown(2)}-${countdown(2)}`]);
  });

  it("a delete that fails half-way leaves the newest record", async () => {
    const { backup, between, direct } = await observedStore();
    for (const stamp of [1, 2]) await write(direct, "id", stamp);
    between.before = (asked) => asked.key.endsWith(`/${countdown(1)}-${countdown(1)}`) && reply(asked, 500);
    await expect(async () => backup.delete("id")).rejects.toThrow("DeleteObject");
    expect(await readText(direct, "id")).toBe("id 2");
  });

  it.each([
    ["does not know how", 501, "<Error><Code>NotImplemented</Code></Error>"],
    ["wants a checksum of another kind", 400, "<Error><Code>MissingContentMD5</Code></Error>"],
    ["fails at some of them", 200, "<DeleteResult><Error><Key>k</Key><Code>InternalError</Code></Error></DeleteResult>"],
  ])("objects are deleted one by one if a server that should delete many %s", async (_, status, text) => {
    const { bucket, backup, between } = await observedStore();
    for (const stamp of [1, 2]) await write(backup, "id", stamp);
    await backup.touch("id", { usedAt: 9 });
    between.before = (asked) => asked.operation === "DeleteObjects" && reply(asked, status, text);
    expect(await backup.delete("id")).toBe(true);
    expect(await server.keysIn(bucket)).toEqual([]);
  });
});

describe("deletes at the same time, as a cull makes them", () => {
  const IDS = Array.from({ length: 32 }, (_, index) => `id-${index}`);

  /** A store with two records for each id. */
  async function fullStore() {
    const store = await observedStore();
    await atOnce(16, IDS, async (id) => {
      for (const stamp of [1, 2]) await write(store.direct, id, stamp);
    });
    return store;
  }

  it("deletes that come while others are under way share a request", async () => {
    const { bucket, backup, between } = await fullStore();
    expect(await Promise.all(IDS.map((id) => backup.delete(id)))).toEqual(IDS.map(() => true));
    const removals = between.asked.filter((line) => line.startsWith("Delete"));
    expect(removals.length).toBeLessThan(IDS.length);
    expect(removals).toContain("DeleteObjects ");
    expect(await server.keysIn(bucket)).toEqual([]);
  });

  it("deletes that share a request each leave an id that has been used meanwhile", async () => {
    const { bucket, backup, direct } = await fullStore();
    await direct.touch("id-7", { usedAt: 9 });
    const deleted = await Promise.all(IDS.map((id) => backup.delete(id, { ifUsedBefore: 5 })));
    expect(deleted).toEqual(IDS.map((id) => id !== "id-7"));
    expect((await server.keysIn(bucket)).every((key) => key.startsWith("p/id-7/"))).toBe(true);
    expect(await readText(direct, "id-7")).toBe("id-7 2");
  });

  it("a delete that fails does not fail those that share its request", async () => {
    const { bucket, backup, between } = await fullStore();
    between.before = (asked) => {
      if (asked.operation === "DeleteObjects") return reply(asked, 501, "<Error><Code>NotImplemented</Code></Error>");
      return asked.operation === "DeleteObject" && asked.key.startsWith("p/id-7/") && reply(asked, 403, "<Error><Code>AccessDenied</Code></Error>");
    };
    const outcomes = await Promise.allSettled(IDS.map((id) => Promise.resolve(backup.delete(id))));
    expect(outcomes.map(({ status }) => status)).toEqual(IDS.map((id) => (id === "id-7" ? "rejected" : "fulfilled")));
    expect((await server.keysIn(bucket)).map((key) => key.split("/")[1])).toEqual(["id-7", "id-7"]);
  });

  it("a shared request is aborted when the last of its deletes is, and not before", async () => {
    const { backup, between } = await fullStore();
    const shared: { readonly ids: readonly string[]; ended: boolean }[] = [];
    between.before = ({ operation, body, response }) => {
      if (operation !== "DeleteObjects") return false;
      const request = { ids: [...body.toString().matchAll(/<Key>p\/(id-\d+)\//g)].map(([, id = ""]) => id), ended: false };
      response.once("close", () => (request.ended = true));
      return shared.push(request) > 0;
    };
    const callers = new Map(IDS.map((id) => [id, new AbortController()]));
    const giveUp = (id: string): void => callers.get(id)?.abort(new Error("given up"));
    const deletes = Promise.allSettled(IDS.map((id) => Promise.resolve(backup.delete(id, { signal: callers.get(id)?.signal }))));
    await expect.poll(() => shared.length).toBeGreaterThan(0);

    const [request] = shared;
    const [last = "", ...others] = request?.ids ?? [];
    others.forEach(giveUp);
    await server.keysIn("none").catch(() => undefined); // long enough for a connection to close
    expect(request).toMatchObject({ ended: false });
    giveUp(last);
    await expect.poll(() => request?.ended).toBe(true);
    IDS.forEach(giveUp);
    await deletes;
  });

  it("deletes go on when one request is never answered", async () => {
    const { backup, between } = await fullStore();
    between.before = ({ operation, key }) => operation === "DeleteObject" && key.startsWith("p/id-0/");
    const caller = new AbortController();
    const stuck = Promise.resolve(backup.delete("id-0", { signal: caller.signal }));
    await expect.poll(() => between.asked.at(-1)).toMatch("DeleteObject p/id-0/");
    expect(await Promise.all(IDS.slice(1).map((id) => backup.delete(id)))).toEqual(IDS.slice(1).map(() => true));
    caller.abort(new Error("given up"));
    await expect(stuck).rejects.toThrow();
  });
});

describe("options", () => {
  it("`putObject` applies encryption, storage class and tags to every object", async () => {
    const putObject = {
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "12345678-1234-1234-1234-123456789012",
      BucketKeyEnabled: true,
      StorageClass: "STANDARD_IA",
      Tagging: "team=feeds",
      ContentType: "application/vnd.example",
      Metadata: { owner: "feeds" },
    } as const;
    const { bucket, backup } = await server.newStore({ putObject });
    await write(backup, "id", 1);
    await backup.touch("id", { usedAt: 2 });
    const keys = await server.keysIn(bucket);
    expect(keys).toHaveLength(2);
    for (const Key of keys) {
      const { Tagging: _, ...expected } = putObject;
      expect(await server.client.send(new HeadObjectCommand({ Bucket: bucket, Key }))).toMatchObject(expected);
      const { TagSet } = await server.client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }));
      expect(TagSet).toEqual([{ Key: "team", Value: "feeds" }]);
    }
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("a record over `maxBytes` is refused by write, and nothing is sent", async () => {
    const between = await interpose(server.service.url);
    const { backup } = await server.newStore({ maxBytes: 10 }, { ...server.config, endpoint: between.url });
    const refused = write(backup, "id", 1, "eleven char");
    await expect(refused).rejects.toThrow("the record is 11 bytes, more than maxBytes, which is 10");
    expect(between.asked).toEqual([]);
    await write(backup, "id", 1, "ten charac");
    expect(await readText(backup, "id")).toBe("ten charac");
  });

  it("a record over `maxBytes` is an error to read", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1, "eleven char");
    const small = opened(server.config, { bucket, maxBytes: 10 });
    await expect(async () => small.read("id")).rejects.toThrow(/GetObject of s3:\/\/bucket-.*\/id\/.*: it is over 10 bytes/);
  });

  it("a client of the user stays open when the adapter closes", async () => {
    const between = await interpose(server.service.url);
    const client = new S3Client({ ...server.config, endpoint: between.url });
    onTestFinished(() => client.destroy());
    let destroyed = false;
    const destroy = client.destroy.bind(client);
    client.destroy = () => {
      destroyed = true;
      destroy();
    };
    const { bucket, backup } = await server.newStore();
    const theirs = opened(client, { bucket });
    await write(theirs, "id", 1);
    await theirs.close?.();
    expect(destroyed).toBe(false);
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("the adapter's own client is closed with it, connections included", async () => {
    const { backup, between } = await observedStore();
    await write(backup, "id", 1);
    expect(await between.connections()).toBeGreaterThan(0);
    await backup.close?.();
    await expect.poll(() => between.connections()).toBe(0);
  });

  it("a client of another copy of the SDK is accepted", async () => {
    const { bucket } = await server.newStore();
    const theirs = opened({ send: server.client.send.bind(server.client) } as unknown as S3Client, { bucket });
    await write(theirs, "id", 1);
    expect(await readText(theirs, "id")).toBe("id 1");
  });

  it("the adapter's own client tries twice, and sends no checksum and no Expect header", async () => {
    stopClock();
    const { backup, between } = await observedStore();
    const headers = new Set<string>();
    const operations: string[] = [];
    between.before = (asked) => {
      for (const name of Object.keys(asked.request.headers)) headers.add(name);
      const isFirst = !operations.includes(asked.operation);
      operations.push(asked.operation);
      return isFirst && reply(asked, 503, "<Error><Code>SlowDown</Code></Error>");
    };
    await write(backup, "id", 1, "x".repeat(3 * 1024 * 1024));
    expect(await readText(backup, "id")).toHaveLength(3 * 1024 * 1024);
    expect(operations.slice(0, -3).sort()).toEqual(["ListObjectsV2", "ListObjectsV2", "PutObject", "PutObject"]);
    expect(operations.slice(-3)).toEqual(["ListObjectsV2", "GetObject", "GetObject"]);
    expect(headers).toContain("authorization");
    expect([...headers].filter((name) => /checksum|^expect$/.test(name))).toEqual([]);
  });

  it("options for the adapter's own client take precedence over the defaults", async () => {
    const between = await interpose(server.service.url);
    between.before = (asked) => reply(asked, 500);
    const { backup } = await server.newStore({}, { ...server.config, endpoint: between.url, maxAttempts: 1 });
    await expect(async () => backup.read("id")).rejects.toThrow("status 500");
    expect(between.asked).toHaveLength(1);
  });
});
