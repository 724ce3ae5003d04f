import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listed, opened, openedPool, PostgresServer, readText, rowsOf, write } from "./support/store.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.stop());

describe("round trips", () => {
  /** How often the server has said that it is ready for the next query. */
  function countedPool(url: string): { readonly pool: pg.Pool; readonly trips: () => number } {
    let trips = 0;
    const pool = openedPool(url, { max: 1 });
    pool.on("connect", (client) => {
      const { connection } = client as unknown as { connection: NodeJS.EventEmitter }; // pg has no public way to see it
      connection.on("readyForQuery", () => trips++);
    });
    return { pool, trips: () => trips };
  }

  it("each call of a store that is there is one round trip, a write that prunes included", async () => {
    const { pool, trips } = countedPool(await server.newDatabase());
    const backup = opened(pool, { generations: 2 });
    for (const stamp of [1, 2]) await write(backup, "id", stamp);
    const calls: readonly (readonly [string, () => unknown])[] = [
      ["a write that prunes", () => write(backup, "id", 3)],
      ["a write of a stamp that is there", () => write(backup, "id", 3, "again")],
      ["a read", () => backup.read("id")],
      ["a read of one before", () => backup.read("id", { before: 3 })],
      ["a read of nothing", () => backup.read("none")],
      ["a touch", () => backup.touch("id", { usedAt: 9 })],
      ["a list of one page", () => listed(backup)],
      ["a delete that comes too early", () => backup.delete("id", { ifUsedBefore: 1 })],
      ["a delete", () => backup.delete("id")],
    ];
    for (const [name, call] of calls) {
      const before = trips();
      await call();
      expect(trips() - before, name).toBe(1);
    }
  });

  it("a list takes one round trip for each page, and holds no connection between them", async () => {
    const { pool, trips } = countedPool(await server.newDatabase());
    const backup = opened(pool);
    await Promise.all(Array.from({ length: 1_001 }, (_, index) => write(backup, `id-${index}`, 1)));
    const before = trips();
    let count = 0;
    for await (const _ of backup.list()) {
      // There is but one connection.
      if (count++ % 400 === 0) await backup.read("id-1");
    }
    expect(count).toBe(1_001);
    expect(trips() - before).toBe(3 + 3);
  });

  it("statements have no names, so none is left in a session", async () => {
    const pool = openedPool(await server.newDatabase(), { max: 1 });
    const backup = opened(pool);
    await write(backup, "id", 1);
    await readText(backup, "id");
    expect((await pool.query("SELECT name FROM pg_prepared_statements")).rows).toEqual([]);
  });
});

describe("what is in the tables", () => {
  const counts = async (url: string): Promise<unknown> =>
    (await rowsOf(url, "SELECT (SELECT count(*)::int FROM lastgood_backup) AS entries, (SELECT count(*)::int FROM lastgood_backup_records) AS records"))[0];

  it("the newest generations are kept, and no more", async () => {
    const url = await server.newDatabase();
    const backup = opened(url, { generations: 3 });
    for (const stamp of [5, 1, 4, 2, 3, 6]) await write(backup, "id", stamp);
    expect(await rowsOf(url, "SELECT loaded_at::int AS stamp FROM lastgood_backup_records ORDER BY 1")).toEqual([{ stamp: 4 }, { stamp: 5 }, { stamp: 6 }]);
    expect(await readText(backup, "id", 6)).toBe("id 5");
  });

  it("a write that is older than all that is kept goes with the next one", async () => {
    const url = await server.newDatabase();
    const backup = opened(url);
    for (const stamp of [7, 8]) await write(backup, "id", stamp);
    for (const stamp of [1, 2, 3, 4]) expect(await write(backup, "id", stamp)).toBe(8);
    expect(await counts(url)).toEqual({ entries: 1, records: 3 });
  });

  it("a delete leaves no record behind, whatever is written meanwhile", async () => {
    const url = await server.newDatabase();
    const [one, other] = [opened(url), opened(url)];
    for (let round = 0; round < 100; round++) {
      await write(one, "id", 1);
      await Promise.all([one.delete("id"), write(other, "id", 2), write(other, "id", 3), one.delete("id")]);
      const { entries, records } = (await counts(url)) as { entries: number; records: number };
      expect(entries === 0).toBe(records === 0);
      expect((await listed(one)).length).toBe(entries);
    }
  });

  it("two stores of different tables in one database do not see each other", async () => {
    const url = await server.newDatabase();
    await rowsOf(url, "CREATE SCHEMA ops");
    const stores = [opened(url), opened(url, { table: "other" }), opened(url, { table: "ops.other" })];
    for (const [index, store] of stores.entries()) await write(store, "id", 1, String(index));
    for (const [index, store] of stores.entries()) expect(await readText(store, "id")).toBe(String(index));
    await stores[0]?.delete("id");
    expect(await Promise.all(stores.map((store) => listed(store).then(({ length }) => length)))).toEqual([0, 1, 1]);
  });

  it("the greatest stamp and time there are are kept as they are", async () => {
    const backup = opened(await server.newDatabase());
    const most = Number.MAX_SAFE_INTEGER;
    expect(await backup.write("id", new Uint8Array(1), { loadedAt: most, usedAt: most })).toBe(most);
    expect(await listed(backup)).toEqual([{ id: "id", loadedAt: most, usedAt: most, size: 1 }]);
    expect(await backup.delete("id", { ifUsedBefore: most })).toBe(false);
    expect(await backup.read("id", { before: most })).toBeUndefined();
  });
});

describe("a record that is too large", () => {
  it("is refused by write, and leaves what is there", async () => {
    const backup = opened(await server.newDatabase(), { maxBytes: 10 });
    await write(backup, "id", 1, "short");
    await expect(write(backup, "id", 2, "longer than ten")).rejects.toThrow("the record is 15 bytes, more than maxBytes, which is 10");
    expect(await readText(backup, "id")).toBe("short");
  });

  it("is not brought into memory by read, whose error has the stamp, so that the one before can be asked for", async () => {
    const url = await server.newDatabase();
    await write(opened(url), "id", 1, "short");
    await write(opened(url), "id", 2, "longer than ten");
    const backup = opened(url, { maxBytes: 10 });
    await expect(async () => backup.read("id")).rejects.toMatchObject({ message: "the record is 15 bytes, more than maxBytes, which is 10", loadedAt: 2 });
    expect(await readText(backup, "id", 2)).toBe("short");
  });
});

describe("what a program has set for its own queries makes no difference", () => {
  it("parsers of types", async () => {
    const url = await server.newDatabase();
    const types = { getTypeParser: () => () => "parsed by somebody else" };
    const backup = opened(openedPool(url, { types }));
    await write(backup, "id", 7);
    expect(await backup.read("id")).toEqual({ bytes: new TextEncoder().encode("id 7"), loadedAt: 7 });
    expect(await listed(backup)).toEqual([{ id: "id", loadedAt: 7, usedAt: 7, size: 4 }]);
  });

  it.each([
    ["bytea_output", "escape"],
    ["DateStyle", "'SQL, DMY'"],
    ["standard_conforming_strings", "off"],
    ["synchronous_commit", "off"],
    ["lc_messages", "'C'"],
    ["jit", "on"],
    ["enable_indexscan", "off"],
  ])("the role's %s", async (setting, value) => {
    const role = await server.newRole({ [setting]: value });
    const backup = opened(await server.newDatabase(role));
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await backup.write("id", bytes, { loadedAt: 1, usedAt: 1 });
    expect(await backup.read("id")).toEqual({ bytes, loadedAt: 1 });
  });
});

describe("tables that are missing", () => {
  it("are made by the first call, whichever it is, and by many processes at once", async () => {
    const url = await server.newDatabase();
    const backups = Array.from({ length: 8 }, () => opened(url));
    const stamps = await Promise.all(backups.map((backup, index) => write(backup, `id-${index}`, 1)));
    expect(stamps).toEqual(backups.map(() => 1));
    expect(await listed(opened(await server.newDatabase()))).toEqual([]);
    expect(await readText(opened(await server.newDatabase()), "id")).toBeUndefined();
  });

  it("are made again where somebody has dropped them", async () => {
    const url = await server.newDatabase();
    const backup = opened(url);
    await write(backup, "id", 1);
    await rowsOf(url, "DROP TABLE lastgood_backup, lastgood_backup_records");
    await write(backup, "id", 2);
    await rowsOf(url, "DROP TABLE lastgood_backup_records");
    expect(await readText(backup, "id")).toBeUndefined();
    expect(await write(backup, "id", 3)).toBe(3);
  });

  it("are an error with mustExist, and stay missing", async () => {
    const url = await server.newDatabase();
    const backup = opened(url, { mustExist: true, table: "misspelt" });
    await expect(async () => backup.read("id")).rejects.toThrow('"misspelt" or "misspelt_records" is not there, and mustExist forbids to make it');
    await expect(write(backup, "id", 1)).rejects.toThrow("mustExist");
    await expect(listed(backup)).rejects.toThrow("mustExist");
    expect(await rowsOf(url, "SELECT 1 FROM pg_tables WHERE tablename LIKE 'misspelt%'")).toEqual([]);
    await write(opened(url, { table: "misspelt" }), "id", 1);
    expect(await readText(backup, "id")).toBe("id 1");
  });

  it("are a thing to grant where the role may not make them, and the error says what", async () => {
    const { url } = await server.newRole();
    const inDatabase = new URL(await server.newDatabase());
    const backup = opened(Object.assign(new URL(url), { pathname: inDatabase.pathname }).href);
    await expect(write(backup, "id", 1)).rejects.toThrow(/^"lastgood_backup" is not there and cannot be made: permission denied for schema public \(42501\) \(run GRANT CREATE, USAGE ON SCHEMA public TO this role, or make them yourself as the README says\)$/);
    // What it says, it means.
    await rowsOf(inDatabase.href, `GRANT CREATE, USAGE ON SCHEMA public TO ${new URL(url).username}`);
    expect(await write(backup, "id", 1)).toBe(1);
  });

  it("that are there and may not be used are a thing to grant, and the error says what", async () => {
    const { url, name } = await server.newRole();
    const inDatabase = new URL(await server.newDatabase());
    await rowsOf(inDatabase.href, "CREATE SCHEMA ops");
    await write(opened(inDatabase.href, { table: "ops.backups" }), "id", 1);
    const backup = opened(Object.assign(new URL(url), { pathname: inDatabase.pathname }).href, { table: "ops.backups" });
    const advice = '(run GRANT SELECT, INSERT, UPDATE, DELETE ON "ops"."backups", "ops"."backups_records" TO this role, and GRANT USAGE ON SCHEMA "ops")';
    await expect(async () => backup.read("id")).rejects.toThrow(advice);
    await rowsOf(inDatabase.href, `GRANT USAGE ON SCHEMA ops TO ${name}; GRANT SELECT ON ops.backups, ops.backups_records TO ${name}`);
    expect(await readText(backup, "id")).toBe("id 1");
    await expect(write(backup, "id", 2)).rejects.toThrow(advice);
    await rowsOf(inDatabase.href, `GRANT SELECT, INSERT, UPDATE, DELETE ON ops.backups, ops.backups_records TO ${name}`);
    expect(await write(backup, "id", 2)).toBe(2);
    expect(await backup.delete("id")).toBe(true);
  });

  it("of another program under their name are left alone, and the error says so", async () => {
    const url = await server.newDatabase();
    await rowsOf(url, "CREATE TABLE lastgood_backup (id integer PRIMARY KEY, precious text); INSERT INTO lastgood_backup VALUES (1, 'theirs')");
    const backup = opened(url);
    for (const call of [() => write(backup, "id", 1), () => listed(backup), async () => backup.read("id"), async () => backup.touch("id", { usedAt: 2 })]) {
      await expect(call()).rejects.toThrow(/lastgood_backup.*(another program|cannot be made)/);
    }
    expect(await rowsOf(url, "SELECT * FROM lastgood_backup")).toEqual([{ id: 1, precious: "theirs" }]);
  });
});

describe("the connection", () => {
  it("a pool of the user's stays open when the backup is closed", async () => {
    const pool = openedPool(await server.newDatabase());
    const backup = opened(pool);
    await write(backup, "id", 1);
    await backup.close?.();
    expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  it("a pool of our own ends its connections with close", async () => {
    const url = await server.newDatabase();
    const name = new URL(url).pathname.slice(1);
    const backup = opened(url);
    await Promise.all(["a", "b", "c"].map((id) => write(backup, id, 1)));
    const connections = async (): Promise<number> => (await server.admin.query(`SELECT FROM pg_stat_activity WHERE datname = '${name}'`)).rowCount ?? 0;
    expect(await connections()).toBeGreaterThan(0);
    await backup.close?.();
    await expect.poll(connections).toBe(0);
    await expect(async () => backup.read("a")).rejects.toThrow();
  });

  it("options of a connection are what they are for pg, a password that is fetched included", async () => {
    const { hostname, port, username, password, pathname } = new URL(await server.newDatabase());
    const backup = opened({ host: hostname, port: Number(port), user: username, password: async () => password, database: pathname.slice(1), application_name: "shop", max: 2 });
    await write(backup, "id", 1);
    expect((await server.admin.query("SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE datname = $1", [pathname.slice(1)])).rows).toEqual([{ name: "shop" }]);
  });
});
