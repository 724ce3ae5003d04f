import { once } from "node:events";
import { S3Client } from "@aws-sdk/client-s3";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { startProxy } from "@lastgood/services";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Asked, interpose, reply } from "./support/interposer.ts";
import { countdown, listed, opened, readText, S3Server, type Store, write } from "./support/store.ts";

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server.stop());

/** Every method, on an id with a record. */
const calls: readonly (readonly [string, (backup: BackupAdapter, signal?: AbortSignal) => unknown])[] = [
  ["read", (backup, signal) => backup.read("id", { signal })],
  ["write", (backup, signal) => backup.write("id", new Uint8Array(9), { loadedAt: 2, usedAt: 2, signal })],
  ["touch", (backup, signal) => backup.touch("id", { usedAt: 9, signal })],
  ["list", async (backup, signal) => {
    for await (const _ of backup.list({ signal }));
  }],
  ["delete", (backup, signal) => backup.delete("id", { signal })],
];

/** A store with a record, behind a proxy that forwards whatever it is not told to answer. */
async function disturbedStore() {
  const { bucket, backup: direct } = await server.newStore();
  await write(direct, "id", 1);
  const between = await interpose(server.service.url);
  const backup = opened({ ...server.config, endpoint: between.url }, { bucket });
  return { bucket, backup, between, direct };
}

describe.each(calls)("%s throws, as it does not know", (_, call) => {
  async function rejects(backup: BackupAdapter, message: RegExp | string): Promise<Error> {
    const error: unknown = await Promise.resolve(call(backup)).then(() => undefined, (reason: unknown) => reason);
    if (!(error instanceof Error)) throw new Error("the call has succeeded");
    expect(error.message).toMatch(message);
    expect(error.cause).toBeInstanceOf(Error);
    return error;
  }

  it("a call throws on a wrong secret, which the error does not show", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1);
    const { accessKeyId } = await server.client.config.credentials();
    const wrong = opened(server.configOf({ accessKeyId, secretAccessKey: "not-the-secret" }), { bucket });
    const { message } = await rejects(wrong, /^\w+ of s3:\/\/bucket-.*: SignatureDoesNotMatch, status 403, /);
    expect(message).not.toContain("not-the-secret");
  });

  it("a call throws on an unknown access key", async () => {
    const { bucket } = await server.newStore();
    const config = server.configOf({ accessKeyId: "AKIAUNKNOWN", secretAccessKey: "secret" });
    await rejects(opened(config, { bucket }), /InvalidAccessKeyId, status 403/);
  });

  it("a call throws on a forbidden bucket", async () => {
    const { bucket } = await server.newStore();
    const denied = { Effect: "Deny", Action: "s3:*", Resource: `arn:aws:s3:::${bucket}*` } as const;
    const forbidden = opened(await server.configOfUser({ Action: "s3:*" }, denied), { bucket });
    await rejects(forbidden, /AccessDenied, status 403, .*\(the credentials need ListBucket, GetObject, PutObject and DeleteObject here\)/);
  });

  it("a call throws on a missing bucket", async () => {
    const { backup } = await server.newStore({ bucket: "bucket-that-nobody-made" });
    await rejects(backup, /NoSuchBucket, status 404, .*\(create the bucket: s3Backup does not\)/);
  });

  it("a call throws if nobody listens at the endpoint", async () => {
    const { bucket } = await server.newStore();
    const proxy = await startProxy(server.service.first.port);
    await proxy.close();
    const config = { ...server.config, endpoint: `http://127.0.0.1:${proxy.port}` };
    await rejects(opened(config, { bucket }), /^\w+ of s3:\/\/bucket-.*: ECONNREFUSED, connect ECONNREFUSED/);
  });

  it("a call throws on an unknown host", async () => {
    await rejects(opened({ ...server.config, endpoint: "http://host.invalid" }, { bucket: "b" }), /ENOTFOUND|EAI_AGAIN/);
  });

  it.each([500, 503])("a call throws on status %d, after a second try", async (status) => {
    const { backup, between } = await disturbedStore();
    between.before = (asked) => reply(asked, status, "<Error><Code>InternalError</Code><Message>Try again.</Message></Error>");
    await rejects(backup, `InternalError, status ${status}, Try again.`);
    // A write also looks at what is there.
    for (const line of new Set(between.asked)) expect(between.asked.filter((other) => other === line)).toHaveLength(2);
  });

  it("a call throws on a connection that is reset", async () => {
    const { backup, between } = await disturbedStore();
    between.before = ({ request }) => {
      request.socket.resetAndDestroy();
      return true;
    };
    await rejects(backup, /ECONNRESET/);
  });

  it.each([
    ["a page of HTML", "<!DOCTYPE html><html><head><meta charset=utf-8></head><body>Log in<br></body></html>"],
    ["a page of XHTML", "<html><head><title>Log in</title></head><body/></html>"],
    ["no text", ""],
  ])("a call throws on %s in place of an answer", async (__, page) => {
    const { backup, between, direct } = await disturbedStore();
    between.before = (asked) => reply(asked, 200, page);
    const { message } = await rejects(backup, /: (?:status 200|the answer is not one of S3)/);
    expect(message).not.toMatch(/Log in|\n/);
    expect(await readText(direct, "id")).toBe("id 1");
  });

  it("a call throws on a page of names that says there is more, and not where", async () => {
    const { backup, between } = await disturbedStore();
    between.before = (asked) =>
      asked.operation === "ListObjectsV2" && reply(asked, 200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>");
    await rejects(backup, "the answer is not one of S3: it does not say whether there is more");
  });
});

describe.each(calls)("a %s that is given up", (_, call) => {
  it("a call to a silent server ends with its connection when it is aborted", async () => {
    const { backup, between } = await disturbedStore();
    const controller = new AbortController();
    const disconnected = new Promise((resolve) => {
      between.before = ({ request }) => {
        request.socket.once("close", resolve);
        controller.abort();
        return true;
      };
    });
    await expect(async () => call(backup, controller.signal)).rejects.toThrow("AbortError");
    await disconnected;
  });
});

describe("a server that is stopped in its tracks", () => {
  it("a server that is stopped delays no aborted call, and answers again once it continues", async () => {
    const stopped = await S3Server.start();
    onTestFinished(() => stopped.stop());
    const { backup } = await stopped.newStore();
    await write(backup, "id", 1);
    stopped.service.first.pause();
    for (const [, call] of calls) {
      const controller = new AbortController();
      const outcome = Promise.resolve(call(backup, controller.signal));
      setImmediate(() => controller.abort());
      await expect(outcome).rejects.toThrow("AbortError");
    }
    stopped.service.first.resume();
    await write(backup, "id", 5);
    expect(await readText(backup, "id")).toBe("id 5");
  });
});

describe("a body", () => {
  /** Sends the beginning of an object. Reports when the client has closed the connection. */
  function stallAfter(bytes: number, { response }: Asked): Promise<unknown> {
    response.writeHead(200, { "content-length": 1_000_000 }).write(new Uint8Array(bytes));
    return once(response, "close");
  }

  it.each([
    ["a client of its own", (config: Store["config"]) => config],
    ["a client that checks checksums", (config: Store["config"]) => new S3Client(config)],
    ["a client that does not see to signals", (config: Store["config"]) => deafClient(config)],
  ])("a stalled body is released when the read is aborted: %s", async (_, reach) => {
    const { bucket, between } = await disturbedStore();
    const backup = opened(reach({ ...server.config, endpoint: between.url }), { bucket });
    const controller = new AbortController();
    const letGo = new Promise((resolve) => {
      between.before = (asked) => {
        if (asked.operation !== "GetObject") return false;
        void stallAfter(10, asked).then(resolve);
        setImmediate(() => controller.abort());
        return true;
      };
    });
    await expect(async () => backup.read("id", { signal: controller.signal })).rejects.toThrow(/abort/i);
    await letGo;
  });

  it("a truncated body is an error, not a shorter record", async () => {
    const { bucket, direct } = await disturbedStore();
    await write(direct, "large", 1, "x".repeat(500_000));
    const proxy = await startProxy(server.service.first.port);
    onTestFinished(() => proxy.close());
    const config = { ...server.config, endpoint: `http://127.0.0.1:${proxy.port}` };
    for (const client of [config, new S3Client(config)]) {
      const backup = opened(client, { bucket });
      proxy.cutAfter(100_000);
      await expect(async () => backup.read("large")).rejects.toThrow(/^GetObject of s3:.*(?:ECONNRESET|aborted|Connection lost)/);
      expect(await readText(backup, "large")).toHaveLength(500_000);
    }
  });

  it("a body over `maxBytes` is not read further, whatever its length header says", async () => {
    const { bucket, between } = await disturbedStore();
    const backup = opened({ ...server.config, endpoint: between.url }, { bucket, maxBytes: 1_000 });
    let sent = 0;
    const letGo = new Promise((resolve) => {
      between.before = ({ operation, response }) => {
        if (operation !== "GetObject") return false;
        response.writeHead(200);
        const send = (): void => {
          while (!response.destroyed && response.write(new Uint8Array(65_536))) sent += 65_536;
        };
        response.on("drain", send).once("close", resolve);
        send();
        return true;
      };
    });
    await expect(async () => backup.read("id")).rejects.toThrow("it is over 1000 bytes, the most that maxBytes allows");
    await letGo;
    expect(sent).toBeLessThan(50 * 1024 * 1024);
  });

  it("a page of HTML is returned as it is, because core checks the checksum of each record", async () => {
    const { backup, between } = await disturbedStore();
    between.before = (asked) => asked.operation === "GetObject" && reply(asked, 200, "<html>Log in</html>");
    expect(await readText(backup, "id")).toBe("<html>Log in</html>");
  });

  it("a put is not a write if something other than S3 answers it", async () => {
    const { backup, between } = await disturbedStore();
    between.before = (asked) => asked.operation === "PutObject" && reply(asked, 200, "<html>Log in</html>");
    await expect(write(backup, "id", 2)).rejects.toThrow(/^PutObject of .*: the answer is not one of S3: it has no ETag/);
  });

  /** A client whose requests ignore signals. */
  function deafClient(config: Store["config"]): S3Client {
    const client = new S3Client(config);
    const { requestHandler } = client.config;
    const handle = requestHandler.handle.bind(requestHandler);
    requestHandler.handle = (request) => handle(request);
    return client;
  }
});

describe("rights that are missing", () => {
  it("on a read-only bucket read and list answer, and everything else throws", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1);
    const readOnly = opened(await server.configOfUser({ Action: ["s3:ListBucket", "s3:GetObject"] }), { bucket });
    expect(await readText(readOnly, "id")).toBe("id 1");
    expect(await listed(readOnly)).toHaveLength(1);
    await expect(write(readOnly, "id", 2)).rejects.toThrow(/^PutObject of .*AccessDenied/);
    await expect(async () => readOnly.touch("id", { usedAt: 9 })).rejects.toThrow(/^PutObject of .*AccessDenied/);
    await expect(async () => readOnly.delete("id")).rejects.toThrow(/^DeleteObject of .*AccessDenied/);
  });

  it("a record that may be listed and not read is not absent", async () => {
    const { bucket, backup } = await server.newStore();
    await write(backup, "id", 1);
    const blind = opened(await server.configOfUser({ Action: "s3:ListBucket" }), { bucket });
    await expect(async () => blind.read("id")).rejects.toThrow(/^GetObject of .*AccessDenied/);
  });

  it.each([
    ["of S3 that the bucket is gone", "<Error><Code>NoSuchBucket</Code></Error>"],
    ["of a page", "<html>Not found<br></html>"],
    ["without a text", ""],
  ])("a record is not absent for a 404 %s", async (_, text) => {
    const { backup, between } = await disturbedStore();
    between.before = (asked) => asked.operation === "GetObject" && reply(asked, 404, text);
    await expect(async () => backup.read("id")).rejects.toThrow(/^GetObject of .*status 404/);
  });

  it("a write and a touch succeed without the right to delete", async () => {
    const { bucket } = await server.newStore();
    const config = await server.configOfUser({ Action: ["s3:ListBucket", "s3:GetObject", "s3:PutObject"] });
    const backup = opened(config, { bucket });
    for (const stamp of [1, 2, 3]) expect(await write(backup, "id", stamp)).toBe(stamp);
    for (const usedAt of [10, 20]) await backup.touch("id", { usedAt });
    expect(await readText(backup, "id")).toBe("id 3");
    expect(await listed(backup)).toEqual([{ id: "id", loadedAt: 3, usedAt: 20, size: 4 }]);
    // A writer with the right to delete tidies up with its next write.
    await write(opened(server.config, { bucket }), "id", 30);
    expect(await server.keysIn(bucket)).toEqual([30, 3].map((stamp) => `id/${countdown(stamp)}-${countdown(stamp)}`));
  });
});
