import { inspect } from "node:util";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { postgresBackup } from "../src/index.ts";

/** As a program without types may call it. */
function call(...args: readonly unknown[]): unknown {
  return Reflect.apply(postgresBackup, undefined, args);
}

const URL_OF = "postgres://host/app";
const SECRET = "hush-hush-7";
const TABLE = 'a name such as "lastgood_backup" or "ops.lastgood_backup", of lower-case letters, digits and "_"';
const KNOWN = "table, generations, maxBytes, mustExist";

describe("an argument that cannot be meant is refused at once, by its name", () => {
  it.each([
    [[undefined], "pool must be a Pool of pg, a URL such as postgres://host/database, or an object of options; got undefined"],
    [[5], "pool must be a Pool of pg, a URL such as postgres://host/database, or an object of options; got 5"],
    [[null], "pool must be a Pool of pg, a URL such as postgres://host/database, or an object of options; got null"],
    [[{ hostname: "a" }], 'options must be among host, port, user, password, database, ssl, application_name, max; got "hostname"'],
    [[{ host: 5 }], "host must be a string; got 5"],
    [[{ port: "5432" }], 'port must be a whole number from 1 to 65535; got "5432"'],
    [[{ password: 5 }], "password must be a string, or a function that fetches one; got another, which is not shown"],
    [[{ ssl: "require" }], 'ssl must be true, false, or options of tls.connect; got "require"'],
    [[URL_OF, "table"], 'options must be an object; got "table"'],
    [[URL_OF, { Table: "a" }], `options must be among ${KNOWN}; got "Table"`],
    [[URL_OF, { table: 5 }], `table must be ${TABLE}; got 5`],
    [[URL_OF, { generations: "3" }], 'generations must be a whole number from 2 on; got "3"'],
    [[URL_OF, { maxBytes: true }], "maxBytes must be a whole number from 1 to 268435456; got true"],
    [[URL_OF, { mustExist: "yes" }], 'mustExist must be true or false; got "yes"'],
  ])("the wrong type: %j", (args, message) => {
    expect(() => call(...args)).toThrow(new TypeError(`postgresBackup: ${message}`));
  });

  it.each([
    [[{ port: 0 }], "port must be a whole number from 1 to 65535; got 0"],
    [[{ max: 1 }], "max must be a whole number from 2 on; got 1"],
    [[URL_OF, { table: "" }], `table must be ${TABLE}; got ""`],
    [[URL_OF, { table: "Backups" }], `table must be ${TABLE}; got "Backups"`],
    [[URL_OF, { table: 'a"; DROP TABLE b' }], `table must be ${TABLE}`],
    [[URL_OF, { table: "a.b.c" }], `table must be ${TABLE}; got "a.b.c"`],
    [[URL_OF, { table: "1a" }], `table must be ${TABLE}; got "1a"`],
    [[URL_OF, { table: "a\n" }], `table must be ${TABLE}`],
    [[URL_OF, { table: "a".repeat(56) }], "table must be a name of at most 55 characters"],
    [[URL_OF, { table: `${"s".repeat(64)}.a` }], "table must be in a schema whose name has at most 63 characters"],
    [[URL_OF, { generations: 1 }], "generations must be a whole number from 2 on; got 1"],
    [[URL_OF, { maxBytes: 0 }], "maxBytes must be a whole number from 1 to 268435456; got 0"],
    [[`${URL_OF}?sslmode=prefer`], 'sslmode must be among disable, require, verify-ca, verify-full; got "prefer"'],
    [[`${URL_OF}?sslmode=__proto__`], "sslmode must be among disable, require, verify-ca, verify-full"],
  ])("a wrong value: %j", (args, message) => {
    expect(() => call(...args)).toThrow(RangeError);
    expect(() => call(...args)).toThrow(`postgresBackup: ${message}`);
  });

  it("a Client, which has one connection, is refused where a Pool is meant", () => {
    expect(() => call(new pg.Client())).toThrow(new TypeError("postgresBackup: pool must be a Pool: calls come several at a time, and a Client has one connection; got an object"));
  });

  it.each([
    ["mysql://host/app", /scheme/],
    ["host/app", /scheme/],
    [`postgres://user:${SECRET}@host:5432:1/app`, /port|host/],
    [`postgres://user:${SECRET}@host/app/more`, /path/],
    [`postgres://user:${SECRET}@host/%zz`, /path/],
    [`postgres://user:${SECRET}@host/a%00b`, /path/],
    [`postgres://user:${SECRET}@a,b/app`, /host/],
    [`postgres://user:${SECRET}@/app`, /host/],
    [`postgres://user:a/${SECRET}@host/app`, /password/],
    [`postgres://user:a?${SECRET}@host/app`, /password|query/],
    [`postgres://user:a#${SECRET}@host/app`, /password|fragment/],
    [`postgres://user:${SECRET}@host/app#x`, /fragment/],
    [`postgres://user:${SECRET}@host/app?table=x`, /query/],
    [`postgres://user:${SECRET}@host/app?sslmode=require&${SECRET}=1`, /query/],
  ])("a URL that cannot be meant is refused by its part, and shows no password: %s", (url, about) => {
    let error: unknown;
    try {
      call(url);
    } catch (thrown) {
      error = thrown;
    }
    expect(String(error)).toMatch(/^RangeError: postgresBackup: /);
    expect(String(error)).toMatch(about);
    expect(inspect(error, { showHidden: true }).replaceAll(/\n {4}at .*/g, "")).not.toContain(SECRET);
  });
});

describe("an argument that can be meant is taken, and nothing is asked of a server", () => {
  it.each<readonly [unknown, unknown?]>([
    ["postgres://host"],
    ["postgresql://user:p%40@host:6432/app?sslmode=verify-full"],
    ["postgres://[::1]/app", { table: "ops.backups", generations: 3, maxBytes: 1, mustExist: true }],
    [{ host: "/var/run/postgresql", database: "app" }],
    [{ host: "a", ssl: { ca: "…" }, password: () => "secret", max: undefined }, { table: undefined }],
    [new pg.Pool()],
  ])("%j", async (pool, options) => {
    const backup = postgresBackup(pool as string, options as undefined); // as a program without types may call it
    expect(backup.name).toBe("postgres");
    await backup.close?.();
    await backup.close?.();
  });
});
