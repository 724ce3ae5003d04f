import { runInNewContext } from "node:vm";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type BackupAdapter, Datastore, type DatastoreOptions, type Duration, type GetOptions } from "../src/index.ts";
import { milliseconds } from "../src/time/duration.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { setUp } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

/** What plain JavaScript can pass. */
function construct(options: object): Datastore {
  return new Datastore({ cache: mapCache(), backup: memoryBackup(), ...options } as DatastoreOptions);
}

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("expected it to throw");
}

const DURATIONS = ["ttl", "maxStale", "timeout", "backupWait", "cullTime", "cacheTimeout", "backupTimeout", "fallbackTtl"];

type Wrong = readonly [option: string, value: unknown, kind: typeof TypeError | typeof RangeError];

/** Options of a get, which the constructor takes as well. */
const WRONG_IN_GET: readonly Wrong[] = [
  ...["ttl", "maxStale", "timeout", "backupWait", "fallbackTtl"].flatMap((option): Wrong[] => [
    [option, true, TypeError],
    [option, null, TypeError],
    [option, {}, TypeError],
    [option, [5], TypeError],
    [option, 5n, TypeError],
    [option, NaN, RangeError],
    [option, "", RangeError],
    [option, "5", RangeError],
    [option, "soon", RangeError],
    [option, "5 minutes", RangeError],
    [option, "-5m", RangeError],
    [option, "5m ", RangeError],
    [option, "1e3s", RangeError],
  ]),
  ["ttl", () => 5, TypeError],
  ["maxStale", -1, RangeError],
  ["timeout", 0, RangeError],
  ["timeout", -1, RangeError],
  ["backupWait", -1, RangeError],
  ["softTimeout", 0, RangeError],
  ["softTimeout", null, TypeError],
  ["refreshAhead", "0.8", TypeError],
  ["refreshAhead", 1.1, RangeError],
  ["jitter", "0.1", TypeError],
  ["jitter", null, TypeError],
  ["jitter", -0.1, RangeError],
  ["jitter", 1.1, RangeError],
  ["jitter", NaN, RangeError],
  ["validate", "zod", TypeError],
  ["validate", {}, TypeError],
  ["validate", null, TypeError],
  ["shouldFallback", true, TypeError],
  ["shouldFallback", null, TypeError],
  ["useCache", "false", TypeError],
  ["useCache", 0, TypeError],
  ["useCache", null, TypeError],
];

const WRONG_IN_CONSTRUCTOR: readonly Wrong[] = [
  ...WRONG_IN_GET,
  ["cache", null, TypeError],
  ["cache", {}, TypeError],
  ["cache", new Map(), TypeError],
  ["cache", memoryBackup(), TypeError],
  ["cache", { ...mapCache(), stores: "things" }, TypeError],
  ["backup", null, TypeError],
  ["backup", "./backups", TypeError],
  ["backup", mapCache(), TypeError],
  ["cullTime", 0, RangeError],
  ["cullTime", -1, RangeError],
  ["cullTime", "forever", RangeError],
  ["cullTime", false, TypeError],
  ["cullAfter", "1000", TypeError],
  ["cullAfter", 0, RangeError],
  ["cullAfter", -1, RangeError],
  ["cullAfter", 1.5, RangeError],
  ["cullAfter", NaN, RangeError],
  ["cacheTimeout", 0, RangeError],
  ["cacheTimeout", -1, RangeError],
  ["backupTimeout", 0, RangeError],
  ["backupTimeout", "10", RangeError],
  ["drill", "0.1", TypeError],
  ["drill", -0.1, RangeError],
  ["drill", 1.1, RangeError],
  ["drill", NaN, RangeError],
  ["codec", "json", TypeError],
  ["codec", {}, TypeError],
  ["codec", { encode() {}, decode() {} }, TypeError],
  ["codec", { name: "", encode() {}, decode() {} }, RangeError],
  ["codec", { name: "über", encode() {}, decode() {} }, RangeError],
  ["clock", 5, TypeError],
  ["clock", {}, TypeError],
];

describe("an option of the wrong kind", () => {
  it.each(WRONG_IN_CONSTRUCTOR.map(([option, value, kind]) => ({ option, value, kind })))(
    "in the constructor names itself at once: $option $value",
    ({ option, value, kind }) => {
      const error = errorOf(() => construct({ [option]: value }));
      expect(error).toBeInstanceOf(kind);
      expect(String(error)).toContain(option);
    },
  );

  it.each([...WRONG_IN_GET, ["signal", {}, TypeError] as const, ["signal", new AbortController(), TypeError] as const].map(([option, value, kind]) => ({ option, value, kind })))(
    "in get names itself, and neither store nor loader is asked: $option $value",
    async ({ option, value, kind }) => {
      const { datastore, cache, backup } = setUp();
      const load = vi.fn(() => "value");
      const error = await datastore.get("key", load, { [option]: value } as GetOptions<string>).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(kind);
      expect(String(error)).toContain(option);
      expect(load).not.toHaveBeenCalled();
      expect(cache.calls.length + backup.calls.length).toBe(0);
    },
  );

  it.each([true, 5n, "soon", NaN].map((ttl: unknown) => ({ ttl })))("an option of the wrong kind is refused as a ttl of its own: $ttl", async ({ ttl }) => {
    const { datastore } = setUp();
    const error = await datastore.get("key", () => "value", ttl as Duration).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(typeof ttl === "string" || typeof ttl === "number" ? RangeError : TypeError);
    expect(String(error)).toContain("ttl");
  });

  it("an option of the wrong kind in the place of all options is refused", async () => {
    expect(errorOf(() => new Datastore(null as unknown as DatastoreOptions))).toBeInstanceOf(TypeError);
    expect(errorOf(() => new Datastore(undefined as unknown as DatastoreOptions))).toBeInstanceOf(TypeError);
    const { datastore } = setUp();
    await expect(datastore.get("key", () => 1, null as unknown as GetOptions<number>)).rejects.toThrow(TypeError);
  });

  it("an option of the wrong kind says what is missing where a store is", () => {
    const error = errorOf(() => new Datastore({ cache: mapCache() } as DatastoreOptions));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/backup.*fsBackup/);
    expect(String(errorOf(() => new Datastore({ backup: memoryBackup() } as DatastoreOptions)))).toMatch(/cache.*memoryCache/);
  });

  it.each(["read", "write", "touch", "list", "delete"] as const)("an option of the wrong kind is a backup without %s", (method) => {
    const { [method]: _, ...crippled } = memoryBackup();
    expect(errorOf(() => construct({ backup: crippled as unknown as BackupAdapter }))).toBeInstanceOf(TypeError);
  });

  it("an option of the wrong kind shows no more of a long value than is good to read", () => {
    const error = errorOf(() => construct({ ttl: "x".repeat(10_000) }));
    expect(String(error).length).toBeLessThan(300);
  });
});

describe("an option that there is not", () => {
  it("an option that there is not is refused by the constructor, which names those that there are", () => {
    const error = errorOf(() => construct({ tll: "5m" }));
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/ttl.*"tll"/);
  });

  it("an option that there is not is refused by get", async () => {
    const { datastore } = setUp();
    const error = await datastore.get("key", () => 1, { cullTime: "5m" } as GetOptions<number>).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toMatch(/"cullTime"/);
  });

  it("an option that there is not is refused by set", async () => {
    const { datastore } = setUp();
    await expect(datastore.set("key", 1, { tll: "5m" } as GetOptions)).rejects.toThrow(/"tll"/);
  });

  it("an option that there is not is a signal in the constructor: it would abort every caller, or none", () => {
    expect(errorOf(() => construct({ signal: new AbortController().signal }))).toBeInstanceOf(TypeError);
    expect(() => construct({ signal: new AbortController().signal })).toThrow(/"signal"/);
  });

  it.each(["backupWait", "signal", "validate", "useCache", "timeout"])("an option that there is not is %s in set, which would ignore it", async (option) => {
    const { datastore } = setUp();
    await expect(datastore.set("key", 1, { [option]: undefined, ttl: 1_000 } as GetOptions)).rejects.toThrow(option);
  });

  it.each(["toString", "constructor", "hasOwnProperty"])("an option that there is not is %s as well", (option) => {
    expect(errorOf(() => construct({ [option]: 1 }))).toBeInstanceOf(TypeError);
  });
});

describe("an option that is undefined", () => {
  it("an option that is undefined is as good as left out, in the constructor and in get", async () => {
    const left = { ttl: undefined, timeout: undefined, validate: undefined, useCache: undefined, signal: undefined };
    const { datastore } = setUp({ ttl: undefined, cullTime: undefined, codec: undefined, clock: undefined, jitter: undefined });
    const load = vi.fn(() => 1);
    await datastore.get("key", load, left);
    await datastore.get("key", load, left);
    expect(load).toHaveBeenCalledTimes(1);
  });
});

describe("durations", () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    [-1, -1],
    [Infinity, Infinity],
    ["0ms", 0],
    ["250ms", 250],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1.5h", 5_400_000],
    ["30d", 2_592_000_000],
    ["2w", 1_209_600_000],
    ["5 m", 300_000],
  ])("%s are %s milliseconds", (duration, expected) => {
    expect(milliseconds(duration, "ttl")).toBe(expected);
  });

  it.each(["m", "5", "5M", "5min", "5m5s", " 5m", "5m\n", "+5m", ".5m", "5.m", "Infinity", "NaN", "5y", "0x5m", "５m"])("are not written as %j", (text) => {
    expect(() => milliseconds(text, "ttl")).toThrow(RangeError);
    expect(() => milliseconds(text, "ttl")).toThrow("ttl");
  });

  it.each(DURATIONS)("may be given for %s as a number and as a string", (option) => {
    construct({ cullTime: "80d", [option]: 40 * 86_400_000 });
    construct({ cullTime: "80d", [option]: "40d" });
  });

  it.each(["ttl", "maxStale", "timeout", "backupWait", "cullTime", "cacheTimeout", "backupTimeout", "fallbackTtl"])("may be Infinity for %s", (option) => {
    construct({ [option]: Infinity });
  });
});

describe("what was surely not meant", () => {
  /** Warnings are given once per process: each test has modules of its own, and hears what they warn of. */
  async function fresh(): Promise<{ Datastore: typeof Datastore; codes: () => (string | undefined)[]; messages: () => string[] }> {
    vi.resetModules();
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const core = await import("../src/index.ts");
    const calls = (): { message: string; code: string | undefined }[] =>
      warned.mock.calls.map((call: readonly unknown[]) => {
        const [message, options] = call;
        const code = typeof options === "object" && options !== null && "code" in options ? String(options.code) : undefined;
        return { message: String(message), code };
      });
    return {
      Datastore: core.Datastore,
      codes: () => calls().map(({ code }) => code),
      messages: () => calls().map(({ message }) => message),
    };
  }

  const stores = (): DatastoreOptions => ({ cache: mapCache(), backup: memoryBackup(), clock: manualClock() });

  it.each([1, 60, 300, 999])("is a ttl of %s: it warns of seconds taken for milliseconds", async (ttl) => {
    const core = await fresh();
    await new core.Datastore(stores()).get("key", () => 1, ttl);
    expect(core.codes()).toEqual(["LASTGOOD_TTL_UNIT"]);
    expect(core.messages()[0]).toContain(`"${ttl}s"`);
  });

  it("is warned of once, however often", async () => {
    const core = await fresh();
    const datastore = new core.Datastore({ ...stores(), ttl: 300 });
    for (const ttl of [1, 2, 3, 4]) await datastore.get(`key ${ttl}`, () => 1, ttl);
    await datastore.get("key", () => 1, { ttl: 5 });
    await datastore.set("key", 1, 6);
    expect(core.codes()).toEqual(["LASTGOOD_TTL_UNIT"]);
  });

  it.each([0, -1, 1_000, 0.5, 999.5, Infinity, "1s", "500ms"] as const)("is not a ttl of %s", async (ttl) => {
    const core = await fresh();
    await new core.Datastore(stores()).get("key", () => 1, ttl);
    expect(core.codes()).toEqual([]);
  });

  it("is a cullTime under twice the ttl: it warns once", async () => {
    const core = await fresh();
    for (let n = 0; n < 3; n++) new core.Datastore({ ...stores(), ttl: "10d", cullTime: "19d" });
    expect(core.codes()).toEqual(["LASTGOOD_CULL_TIME"]);
    expect(core.messages()[0]).toMatch(/cullTime.*ttl/);
  });

  it("is a cullTime under twice the ttl of a get or set: it warns once", async () => {
    const core = await fresh();
    const datastore = new core.Datastore({ ...stores(), cullTime: "19d" });
    await datastore.get("key", () => 1, "5d");
    expect(core.codes()).toEqual([]);
    for (const options of ["10d", "11d", { ttl: "12d" }] as const) await datastore.get("key", () => 1, options);
    await datastore.set("key", 1, "13d");
    expect(core.codes()).toEqual(["LASTGOOD_CULL_TIME"]);
  });

  it("is a softTimeout that is not under the timeout: it warns once", async () => {
    const core = await fresh();
    for (let n = 0; n < 3; n++) new core.Datastore({ ...stores(), softTimeout: "30s" });
    expect(core.codes()).toEqual(["LASTGOOD_SOFT_TIMEOUT"]);
    expect(core.messages()[0]).toMatch(/softTimeout.*timeout/);
  });

  it("is a softTimeout that is not under the timeout of a get: it warns once", async () => {
    const core = await fresh();
    const datastore = new core.Datastore(stores());
    await datastore.get("key", () => 1, { softTimeout: "29s" });
    expect(core.codes()).toEqual([]);
    for (const options of [{ softTimeout: "31s" }, { softTimeout: "3s", timeout: "2s" }] as const) await datastore.get("key", () => 1, options);
    expect(core.codes()).toEqual(["LASTGOOD_SOFT_TIMEOUT"]);
  });

  it("is a maxStale under the ttl: it warns once, in the constructor", async () => {
    const core = await fresh();
    for (let n = 0; n < 3; n++) new core.Datastore({ ...stores(), ttl: "10m", maxStale: "9m" });
    expect(core.codes()).toEqual(["LASTGOOD_MAX_STALE"]);
    expect(core.messages()[0]).toMatch(/maxStale \(540000 ms\).*ttl \(600000 ms\)/);
  });

  it("is a maxStale under the ttl of a get or set: it warns once", async () => {
    const core = await fresh();
    const datastore = new core.Datastore({ ...stores(), maxStale: "1h" });
    await datastore.get("key", () => 1, "1h");
    expect(core.codes()).toEqual([]);
    for (const options of ["61m", { ttl: "2h" }, { maxStale: "4m" }] as const) await datastore.get("key", () => 1, options);
    await datastore.set("key", 1, "3h");
    expect(core.codes()).toEqual(["LASTGOOD_MAX_STALE"]);
  });

  it.each([
    ["no backup at all is to stand in", { maxStale: 0 }],
    ["the ttl is for ever", { ttl: Infinity, maxStale: "1h" }],
    ["both are the same", { ttl: "1h", maxStale: "1h" }],
  ] as const)("is not a maxStale where %s", async (_, options) => {
    const core = await fresh();
    new core.Datastore({ ...stores(), ...options });
    expect(core.codes()).toEqual([]);
  });

  it("is not a cullTime of twice the ttl", async () => {
    const core = await fresh();
    new core.Datastore({ ...stores(), ttl: "10d", cullTime: "20d" });
    expect(core.codes()).toEqual([]);
  });
});

describe("an object of options", () => {
  const odd: readonly unknown[] = [[], [1], new Date(), new Map(), new Set(), Promise.resolve({}), /x/, new Error("x"), new Number(5), new String("5m"), new Boolean(true)];

  it.each(odd.map((value) => [Object.prototype.toString.call(value), value]))("an object of options is not %s, which would be ignored in silence", async (_, value) => {
    const { datastore } = setUp();
    expect(errorOf(() => new Datastore(value as DatastoreOptions))).toBeInstanceOf(TypeError);
    await expect(datastore.get("key", () => 1, value as never)).rejects.toThrow(/get: options must be an object of options/);
    await expect(datastore.set("key", 1, value as never)).rejects.toThrow(/set: options must be an object of options/);
    await expect(datastore.cull(value as never)).rejects.toThrow(/cull: options must be an object of options/);
  });

  it("an object of options may come from another realm or have no prototype", async () => {
    const { datastore } = setUp();
    for (const options of [runInNewContext('({ ttl: "1m" })'), Object.assign(Object.create(null), { ttl: "1m" })]) {
      expect(await datastore.get("key", () => 1, options)).toBe(1);
    }
  });

  it.each([
    ["tll", "ttl"],
    ["TTL", "ttl"],
    ["maxstale", "maxStale"],
    ["timout", "timeout"],
    ["backupwait", "backupWait"],
  ])("that says %s is refused with the name that was meant, %s", async (wrong, meant) => {
    const { datastore } = setUp();
    const message = `got ${JSON.stringify(wrong)}. Did you mean ${meant}?`;
    await expect(datastore.get("key", () => 1, { [wrong]: "1m" } as never)).rejects.toThrow(message);
  });

  it("an object of options of cull has force alone, and force is true or false", async () => {
    const { datastore } = setUp();
    await expect(datastore.cull({ forced: true } as never)).rejects.toThrow('cull: options must be among force; got "forced". Did you mean force?');
    await expect(datastore.cull({ force: 1 } as never)).rejects.toThrow(/force must be true or false/);
  });
});

describe("a datastore", () => {
  it("a datastore asks no store when it is made", () => {
    const { cache, backup } = setUp();
    expect([...cache.calls, ...backup.calls]).toEqual([]);
  });

  it("a datastore may have a clock of the user's own, Date among them", async () => {
    const { datastore } = setUp({ clock: Date });
    const before = Date.now();
    const { loadedAt } = await datastore.getResult("key", () => 1);
    expect(loadedAt).toBeGreaterThanOrEqual(before);
    expect(loadedAt).toBeLessThanOrEqual(Date.now());
  });

  it("a datastore has the system's clock where none is given", async () => {
    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
    const before = Date.now();
    const { loadedAt } = await datastore.getResult("key", () => 1);
    expect(loadedAt).toBeGreaterThanOrEqual(before);
    expect(loadedAt).toBeLessThanOrEqual(Date.now());
  });

  it("a datastore takes options of a class, whose properties are not its own", async () => {
    class Options {
      readonly cache = mapCache();
      readonly backup = memoryBackup();
      get ttl(): Duration {
        return "5m";
      }
    }
    const datastore = new Datastore(new Options());
    expect(await datastore.get("key", () => 1)).toBe(1);
  });
});
