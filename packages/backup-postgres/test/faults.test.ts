import { open } from "node:fs/promises";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { rejection, startProxy, startService, until } from "@lastgood/services";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { listed, opened, openedPool, PostgresServer, readText, rowsOf, urlWith, write } from "./support/store.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.stop());

/** Every call there is, on an id that has a record. */
const calls: readonly (readonly [string, (backup: BackupAdapter, signal?: AbortSignal) => unknown])[] = [
  ["read", (backup, signal) => backup.read("id", { signal })],
  ["write", (backup, signal) => backup.write("id", new Uint8Array(9), { loadedAt: 2, usedAt: 2, signal })],
  ["touch", (backup, signal) => backup.touch("id", { usedAt: 9, signal })],
  ["list", async (backup, signal) => {
    for await (const _ of backup.list({ signal }));
  }],
  ["delete", (backup, signal) => backup.delete("id", { signal })],
];

/** What it rejects with, which must be an error with this message and a cause. */
async function rejects(call: () => unknown, message: RegExp): Promise<Error> {
  const error = await rejection(call);
  if (!(error instanceof Error)) throw new Error("the call has succeeded");
  expect(error.message).toMatch(message);
  expect(error.cause).toBeInstanceOf(Error);
  return error;
}

describe.each(calls)("%s throws, as it does not know", (_, call) => {
  it("of a wrong password, which it does not tell", async () => {
    const url = urlWith(await server.newDatabase(), { password: "not-the-secret" });
    const { message } = await rejects(() => call(opened(url)), /^"lastgood_backup": password authentication failed for user "lastgood" \(28P01\) \(see the password\)$/);
    expect(message).not.toContain("not-the-secret");
  });

  it("of a database that is not there", async () => {
    await rejects(() => call(opened(urlWith(server.service.url, { pathname: "/nobody_made_it" }))), /"nobody_made_it" does not exist \(3D000\) \(make the database: nothing here does\)$/);
  });

  it("of a server that is not there", async () => {
    await rejects(() => call(opened("postgres://127.0.0.1:1/app")), /^"lastgood_backup": connect ECONNREFUSED 127\.0\.0\.1:1$/);
    await rejects(() => call(opened("postgres://localhost:1/app")), /ECONNREFUSED/);
    await rejects(() => call(opened("postgres://no-such-host.invalid/app")), /ENOTFOUND|EAI_AGAIN/);
  });

  it("of a connection that is cut in the middle", async () => {
    const proxy = await startProxy(server.server.port);
    onTestFinished(() => proxy.close());
    const url = await server.newDatabase();
    await write(opened(url), "id", 1);
    const backup = opened(urlWith(url, { port: String(proxy.port) }));
    await readText(backup, "id");
    proxy.stall();
    const outcome = rejects(() => call(backup), /^"lastgood_backup": .*(terminated|ECONNRESET|EPIPE)/);
    await pause(50); // the query is on its way
    proxy.flow();
    proxy.cut();
    await outcome;
    // The next one has a connection of its own.
    await until(() => call(backup));
  });

  it("of a signal, at once, whether it is aborted before or while the server is silent, and its connection ends", async () => {
    const proxy = await startProxy(server.server.port);
    onTestFinished(() => proxy.close());
    const url = await server.newDatabase();
    await write(opened(url), "id", 1);
    for (const pool of [urlWith(url, { port: String(proxy.port) }), openedPool(urlWith(url, { port: String(proxy.port) }))]) {
      const backup = opened(pool);
      await readText(backup, "id");
      expect(await rejection(() => call(backup, AbortSignal.abort("given up")))).toBe("given up");
      proxy.stall();
      const controller = new AbortController();
      const outcome = rejection(() => call(backup, controller.signal));
      await pause(50);
      controller.abort("too long");
      expect(await outcome).toBe("too long");
      // What is stalled does not see that a connection ends.
      proxy.flow();
      await expect.poll(() => proxy.current, { timeout: 5_000 }).toBe(0);
      expect(await rejection(() => call(backup))).toBeUndefined();
      // A connection without use counts as well.
      proxy.cut();
    }
  });
});

describe("a server that ends the connection together with its greeting", () => {
  it("fails the call, and does not end the process", async () => {
    const proxy = await startProxy(server.server.port);
    onTestFinished(() => proxy.close());
    const url = urlWith(await server.newDatabase(), { port: String(proxy.port) });
    for (const pool of [url, openedPool(url)]) {
      const backup = opened(pool);
      endAfterGreeting(proxy);
      await rejects(() => backup.read("id"), /^"lastgood_backup": .*(57P01|terminated|not queryable)/);
      expect(await write(backup, "id", 1)).toBe(1);
      await backup.delete("id");
    }
  });

  function endAfterGreeting(proxy: Awaited<ReturnType<typeof startProxy>>): void {
    proxy.replaceNext((reply) => {
      if (reply.includes(READY)) return Buffer.concat([reply, ENDED]);
      endAfterGreeting(proxy);
      return reply;
    });
  }

  /** ReadyForQuery, when no transaction is open. */
  const READY = Buffer.from("Z\0\0\0\x05I", "latin1");
  const fields = Buffer.from("SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
  const ENDED = Buffer.concat([Buffer.from([0x45, 0, 0, 0, fields.length + 4]), fields]);
});

describe("a pool whose connect takes no callback", () => {
  it("is used by its promises", async () => {
    const pool = openedPool(await server.newDatabase());
    const backup = opened({ connect: () => pool.connect() });
    await write(backup, "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(pool.idleCount).toBe(pool.totalCount);
    const refusing = opened({ connect: () => Promise.reject(new Error("no room")) });
    await rejects(() => refusing.read("id"), /no room/);
  });
});

describe("a server that is frozen", () => {
  afterEach(() => server.server.resume());

  it("holds up nobody longer than their signal, and is used again when it goes on, with no more connections than before", async () => {
    const url = await server.newDatabase();
    const backup = opened(url);
    await write(backup, "id", 1);
    server.server.pause();
    for (let round = 0; round < 4; round++) {
      const controller = new AbortController();
      const outcomes = calls.map(([, call]) => rejection(() => call(backup, controller.signal)));
      await pause(20);
      controller.abort("too long");
      expect(await Promise.all(outcomes)).toEqual(calls.map(() => "too long"));
    }
    server.server.resume();
    await Promise.all(Array.from({ length: 20 }, (_, index) => write(backup, `other-${index}`, 1)));
    // What was given up may have been done, or not.
    expect([undefined, "id 1", "\0".repeat(9)]).toContain(await readText(backup, "id"));
    const database = new URL(url).pathname.slice(1);
    await expect.poll(async () => (await server.admin.query(`SELECT FROM pg_stat_activity WHERE datname = '${database}'`)).rowCount).toBeLessThanOrEqual(5);
  });

  it("does not hold up close", async () => {
    const backup = opened(await server.newDatabase());
    await write(backup, "id", 1);
    server.server.pause();
    await backup.close?.();
  });
});

describe("a server that restarts", () => {
  it("is used again at once, from a pool of ours and from the user's, whose idle connections it has ended", async () => {
    const url = await server.newDatabase();
    const backups = [opened(url), opened(openedPool(url))];
    for (const backup of backups) await write(backup, "id", 1);
    await server.server.kill();
    for (const backup of backups) await rejects(() => backup.read("id"), /ECONNREFUSED|terminated|ECONNRESET/);
    await server.server.start();
    for (const backup of backups) expect(await readText(backup, "id")).toBe("id 1");
  });

  it("fails each call that was under way, and loses nothing that was acknowledged", async () => {
    const url = await server.newDatabase();
    const backup = opened(url);
    await write(backup, "id", 1);
    let acknowledged = 0;
    const failures: unknown[] = [];
    let stamp = 1;
    const writer = async (): Promise<void> => {
      while (failures.length === 0) {
        try {
          acknowledged = Math.max(acknowledged, await write(backup, "id", stamp++));
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const writing = Promise.all([writer(), writer(), writer(), writer()]);
    while (failures.length === 0) await server.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${new URL(url).pathname.slice(1)}'`);
    await writing;
    for (const failure of failures) expect(String(failure)).toMatch(/^Error: "lastgood_backup": .*(57P01|terminated|ECONNRESET|EPIPE|not queryable)/);
    expect((await backup.read("id"))?.loadedAt).toBeGreaterThanOrEqual(acknowledged);
  });

  it("as another one under the same name is found by the call after the one that failed", async () => {
    // As after a failover: the old primary goes on as a standby, and the name leads to the new one.
    const proxy = await startProxy(server.server.port);
    onTestFinished(() => proxy.close());
    const url = await server.newDatabase();
    const name = new URL(url).pathname.slice(1);
    const backup = opened(urlWith(url, { port: String(proxy.port) }));
    await write(backup, "id", 1);
    const session = await server.admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    expect(session).toBeDefined();
    await until(() => rejects(() => write(backup, "id", 2), /read-only transaction \(25006\) \(this server, database or role is read-only: a standby, or default_transaction_read_only\)$/));
    expect(await readText(backup, "id")).toBe("id 1");
    await server.admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    // The setting is one of the session: only a new connection has another.
    expect(await rejection(() => write(backup, "id", 2))).toBeDefined();
    expect(await write(backup, "id", 2)).toBe(2);
  });
});

describe("a server that refuses", () => {
  it("writes alone, since it is read-only, answers reads and lists", async () => {
    const role = await server.newRole();
    const url = await server.newDatabase(role);
    await write(opened(url), "id", 1);
    await server.admin.query(`ALTER ROLE ${role.name} SET default_transaction_read_only = on`);
    const backup = opened(url);
    expect(await readText(backup, "id")).toBe("id 1");
    expect(await listed(backup)).toHaveLength(1);
    for (const [, call] of calls.filter(([name]) => ["write", "touch", "delete"].includes(name))) await rejects(() => call(backup), /25006/);
    await rejects(() => opened(url, { table: "other" }).read("id"), /^"other" is not there and cannot be made: .*25006/);
  });

  it("more connections says so, and takes calls again when there is room", async () => {
    const role = await server.newRole({}, "CONNECTION LIMIT 1");
    const url = await server.newDatabase(role);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    const backup = opened(url);
    await rejects(() => write(backup, "id", 1), /too many connections.*\(53300\) \(lower the option max, raise max_connections, or put a pooler between\)$/);
    await other.end();
    await until(() => write(backup, "id", 1));
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("to wait longer than its statement_timeout says so, and the store is as it was", async () => {
    const role = await server.newRole({ statement_timeout: "'200ms'" });
    const url = await server.newDatabase(role);
    const backup = opened(url);
    await write(backup, "id", 1);
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("BEGIN; SELECT FROM lastgood_backup WHERE id = 'id' FOR UPDATE");
    await rejects(() => write(backup, "id", 2), /statement timeout \(57014\) \(statement_timeout is too short for it, or somebody has cancelled it\)$/);
    expect(await readText(backup, "id")).toBe("id 1");
    await other.query("COMMIT");
    await other.end();
    expect(await write(backup, "id", 2)).toBe(2);
  });

  it("nothing but writes that hang leaves a connection to reads", async () => {
    const url = await server.newDatabase();
    for (const backup of [opened(url), opened(openedPool(url, { max: 3 }))]) {
      for (const id of ["id", "other"]) await write(backup, id, 1);
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      await other.query("BEGIN; SELECT FROM lastgood_backup WHERE id = 'id' FOR UPDATE");
      const writes = Array.from({ length: 20 }, (_, index) => write(backup, "id", 2 + index));
      expect(await readText(backup, "other")).toBe("other 1");
      expect(await listed(backup)).toHaveLength(2);
      await other.query("COMMIT");
      await other.end();
      expect(Math.max(...(await Promise.all(writes)))).toBe(21);
      await backup.delete("id");
    }
  });

  it("what is not serializable says what to set", async () => {
    const role = await server.newRole({ default_transaction_isolation: "serializable" });
    const url = await server.newDatabase(role);
    const backup = opened(url);
    await write(backup, "id", 1);
    const outcomes = await Promise.all(Array.from({ length: 30 }, (_, index) => rejection(() => write(backup, "id", 2 + index))));
    const errors = outcomes.filter((outcome) => outcome !== undefined);
    for (const error of errors) expect(String(error)).toMatch(/\(40001\) \(set default_transaction_isolation to read committed for this role\)$/);
    expect(errors.length).toBeLessThan(outcomes.length);
  });
});

describe("a damaged page", () => {
  it("is an error of its record, which has the stamp, and not of the record before nor of another id", async () => {
    const url = await server.newDatabase();
    const backup = opened(url);
    for (const [id, stamp] of [["id", 1], ["id", 2], ["other", 3]] as const) await backup.write(id, randomBytes(60_000), { loadedAt: stamp, usedAt: stamp });
    await rowsOf(url, "CHECKPOINT");
    const [{ path, chunks } = {}] = await rowsOf(url, `
      SELECT pg_relation_filepath(reltoastrelid) AS path, reltoastrelid::regclass::text AS chunks FROM pg_class WHERE relname = 'lastgood_backup_records'`);
    const [{ blocks } = {}] = await rowsOf(url, `SELECT pg_relation_size('${String(chunks)}') / 8192 AS blocks`);
    await server.server.kill();
    // Three records of as many blocks each: this one is of the second.
    await overwrite(join(server.service.dir, "data", String(path)), Math.floor(Number(blocks) / 2) * 8_192 + 4_000);
    await server.server.start();
    const error = await rejects(() => backup.read("id"), /invalid page|XX00/);
    expect(error).toMatchObject({ loadedAt: 2 });
    expect((await backup.read("id", { before: 2 }))?.bytes.length).toBe(60_000);
    expect((await backup.read("other"))?.bytes.length).toBe(60_000);
    expect(await listed(backup)).toHaveLength(2);
    // What is loaded again heals it.
    await write(backup, "id", 4);
    await write(backup, "id", 5);
    expect(await readText(backup, "id")).toBe("id 5");
  });

  async function overwrite(file: string, position: number): Promise<void> {
    const handle = await open(file, "r+");
    await handle.write(randomBytes(64), 0, 64, position);
    await handle.close();
  }
});

describe("TLS", () => {
  it("checks who the server is with verify-full, and not with require", async () => {
    const service = await startService("postgres", "tls");
    onTestFinished(() => service.stop());
    const { host, port, secret } = { ...service.first, secret: service.secret, host: service.first.host, port: service.first.port };
    for (const mode of ["verify-ca", "verify-full"]) await rejects(() => opened(`${service.url}?sslmode=${mode}`).read("id"), /self-signed certificate/);
    const ca = await import("node:fs/promises").then(({ readFile }) => readFile(join(service.dir, "data/server.crt"), "utf8"));
    const own = { host, port, user: "lastgood", password: secret, database: "postgres", ssl: { ca } };
    for (const pool of [`${service.url}?sslmode=require`, own]) {
      const backup = opened(pool);
      await write(backup, "id", 1);
      expect(await rowsOf(service.url, "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")).toEqual([{ ssl: true }]);
      await backup.close?.();
    }
    expect(await rejection(() => opened(server.service.url.concat("?sslmode=require")).read("id"))).toMatchObject({ message: expect.stringContaining("does not support SSL") });
  });
});
