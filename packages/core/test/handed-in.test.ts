import { onTestFinished, describe, expect, it, vi } from "vitest";
import { Datastore, type Duration, GoneError } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { turn } from "./support/gate.ts";
import { failing, holdDeadlines, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

/** What a user hands in may misbehave in every way: it never holds a key, throws through, or rejects unhandled. */

const NEVER = new Promise<never>(() => {});

/** Fails the test if a rejection is left unhandled in it. */
function expectNoUnhandledRejection(): void {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  onTestFinished(async () => {
    await turn();
    await turn();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
}

/** Looks like a promise, and throws at the first look. */
const THROWS_AT_THEN = {
  get then(): never {
    throw new Error("no then for you");
  },
};

describe("a validate that never answers", () => {
  it("a validate that never answers for the backup counts as a refusal once the timeout is over, and the loader's error comes through", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    holdDeadlines();
    const error = new Error("down");
    const rejection = rejectionOf(datastore.get("key", failing(error), { ttl: "5m", timeout: 100, validate: () => NEVER }));
    await vi.advanceTimersByTimeAsync(100);
    expect(await rejection).toBe(error);
    expect(told.of("backupSkipped")).toMatchObject([{ key: "key", reason: "invalid", error: { code: "INVALID_VALUE" } }]);
  });

  it("a validate that never answers holds up no later get of the key, and not close()", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "good", 0);
    holdDeadlines();
    const first = rejectionOf(datastore.get("key", failing(), { timeout: 100, validate: () => NEVER }));
    await vi.advanceTimersByTimeAsync(100);
    await first;
    expect(await datastore.get("key", () => "fresh")).toBe("fresh");
    await datastore.close();
  });

  it("a validate that never answers is not asked again for each older generation", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "one", 0);
    await datastore.get("key", () => "two", 0);
    holdDeadlines();
    const validate = vi.fn(() => NEVER);
    const rejection = rejectionOf(datastore.get("key", failing(), { timeout: 100, validate }));
    await vi.advanceTimersByTimeAsync(100);
    await rejection;
    expect(validate).toHaveBeenCalledTimes(1);
  });

  it("a validate that never answers has the deadline of the backup where the load has none", async () => {
    const { datastore } = setUp({ backupTimeout: 500 });
    await datastore.get("key", () => "good", 0);
    holdDeadlines();
    const error = new Error("down");
    const rejection = rejectionOf(datastore.get("key", failing(error), { timeout: Infinity, validate: () => NEVER }));
    await vi.advanceTimersByTimeAsync(500);
    expect(await rejection).toBe(error);
  });

  it("a validate that never answers ends with the load's timeout when it is asked about a loaded value", async () => {
    const { datastore } = setUp();
    holdDeadlines();
    const rejection = rejectionOf(datastore.get("key", () => "value", { timeout: 100, validate: () => NEVER }));
    await vi.advanceTimersByTimeAsync(200);
    expect(await rejection).toMatchObject({ code: "LOAD_TIMEOUT" });
  });

  it("a validate that never answers holds up neither backup-first reads nor lastGood()", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "good", 0);
    holdDeadlines();
    const read = datastore.get("key", () => "loaded", { useCache: false, timeout: 100 });
    expect(await read).toBe("good");
    let asked = 0;
    const validate = (): Promise<never> | true => (asked++ === 0 ? NEVER : true);
    const loaded = datastore.get("key", () => "loaded", { useCache: false, timeout: 100, validate });
    await vi.advanceTimersByTimeAsync(100);
    expect(await loaded).toBe("loaded");
    // After a tick: what the loader asks for at once has its deadline before that of the load.
    const shown = datastore.get("key", ({ lastGood }) => turn().then(async () => (await lastGood()) ?? "nothing"), { ttl: 0, timeout: 100, validate: (value) => (value === "nothing" ? true : NEVER) });
    const outcome = rejectionOf(shown);
    await vi.advanceTimersByTimeAsync(200);
    expect(await outcome).toMatchObject({ code: "LOAD_TIMEOUT" });
  });
});

describe("a validate of any make", () => {
  it.each([
    ["a thenable that throws at then", () => THROWS_AT_THEN as never],
    ["a schema without an answer", { "~standard": { version: 1, vendor: "none", validate: () => undefined as never } } as const],
    ["a schema that rejects", { "~standard": { version: 1, vendor: "none", validate: () => Promise.reject(new Error("no")) } } as const],
    ["a schema that throws", { "~standard": { version: 1, vendor: "none", validate: () => { throw new Error("no"); } } } as const],
  ])("%s refuses the value, and nothing is thrown through", async (_name, validate) => {
    expectNoUnhandledRejection();
    const { datastore, told } = setUp();
    await expect(datastore.get("key", () => "value", { validate })).rejects.toBeDefined();
    expect(told.of("loadFailed")).toHaveLength(1);
    expect(await datastore.get("key", () => "value")).toBe("value");
  });
});

describe("a function that must answer at once", () => {
  it.each(["shouldFallback", "fallbackTtl"])("an async %s is refused at once, by name", (option) => {
    const options = { cache: mapCache(), backup: memoryBackup(), [option]: async () => true };
    expect(() => new Datastore(options)).toThrow(new TypeError(`new Datastore: ${option} must be a function that answers at once; got an async function`));
  });

  it("a shouldFallback that returns a promise does not decide: the default does, and the promise rejects unheard", async () => {
    expectNoUnhandledRejection();
    const { datastore } = setUp({ shouldFallback: (() => Promise.reject(new Error("late"))) as never, fallbackTtl: 0 });
    await datastore.get("key", () => "good", 0);
    expect(await datastore.get("key", failing(), 0)).toBe("good");
    const gone = new GoneError("gone");
    expect(await rejectionOf(datastore.get("key", failing(gone), 0))).toBe(gone);
  });

  it("a fallbackTtl that returns a promise counts as half the ttl, and the promise rejects unheard", async () => {
    expectNoUnhandledRejection();
    const { datastore, clock, told } = setUp({ fallbackTtl: (() => Promise.reject(new Error("late"))) as never });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    expect(await datastore.get("key", failing(), "10m")).toBe("good");
    expect(told.of("fallback")[0]?.until).toBe(clock.now() + 5 * MINUTE);
  });
});

describe("a clock of the user's own", () => {
  it.each([
    ["a string", () => "1893456000000"],
    ["NaN", () => Number.NaN],
    ["a promise", () => Promise.reject(new Error("no time"))],
    ["nothing", () => undefined],
  ])("a clock that shows %s is refused at once", (_name, now) => {
    expectNoUnhandledRejection();
    expect(() => new Datastore({ cache: mapCache(), backup: memoryBackup(), clock: { now } as never })).toThrow(/^new Datastore: clock must be an object whose now\(\) returns epoch milliseconds; got/);
  });

  it.each([
    ["throws", (): number => { throw new Error("no time"); }],
    ["shows NaN", () => Number.NaN],
    ["shows a string", () => "soon" as never],
  ])("a clock that %s later on breaks no get", async (_name, broken) => {
    const clock = manualClock(Date.now());
    let now = (): number => clock.now();
    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup(), clock: { now: () => now() } });
    await datastore.get("key", () => "good", 0);
    now = broken;
    expect(await datastore.get("key", failing(), 0)).toBe("good");
    expect(await datastore.get("other", () => "fresh")).toBe("fresh");
    await datastore.set("key", "set");
    await datastore.close();
  });
});

describe("a listener of any make", () => {
  it.each([
    ["throws", () => { throw new Error("no"); }],
    ["rejects", () => Promise.reject(new Error("no"))],
    ["returns a thenable that throws at then", () => THROWS_AT_THEN],
    ["throws something without a text", () => { throw Object.create(null); }],
    ["throws an error whose message is a symbol", () => { throw Object.assign(new Error("x"), { message: Symbol("no") }); }],
  ])("a listener that %s disturbs no get", async (_name, listener) => {
    expectNoUnhandledRejection();
    vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => void vi.restoreAllMocks());
    const { datastore } = setUp();
    for (const event of ["hit", "miss", "loaded", "loadFailed", "fallback", "backupWritten"] as const) datastore.on(event, listener as never);
    expect(await datastore.get("key", () => "good", 1000)).toBe("good");
    expect(await datastore.get("key", () => "other", 1000)).toBe("good");
    await datastore.expire("key");
    expect(await datastore.get("key", failing())).toBe("good");
    await turn();
  });

  it("a listener that adds a listener to its own event ends all the same", async () => {
    const { datastore } = setUp();
    let added = 0;
    const grow = (): void => void (added < 1_000 && (added++, datastore.on("miss", grow)));
    datastore.on("miss", grow);
    await datastore.get("key", () => "good");
    expect(added).toBe(1);
  });
});

describe("a loader of any make", () => {
  it.each([
    ["a thenable that throws at then", () => THROWS_AT_THEN as never],
    ["a thenable that rejects twice and then resolves", () => ({ then: (_ok: unknown, no: (error: unknown) => void) => (no(new Error("1")), no(new Error("2"))) }) as never],
    ["a thenable that throws", () => ({ then: () => { throw new Error("no"); } }) as never],
    ["something that is no error and has no text", () => Promise.reject(Object.create(null))],
    ["a proxy that throws at every look", () => { throw new Proxy({}, { get: () => { throw new Error("no"); }, has: () => { throw new Error("no"); }, getPrototypeOf: () => { throw new Error("no"); } }); }],
  ])("a loader that fails with %s falls back", async (_name, load) => {
    expectNoUnhandledRejection();
    const { datastore } = setUp();
    await datastore.get("key", () => "good", 0);
    expect(await datastore.get<string>("key", load, 0)).toBe("good");
    expect(JSON.stringify(datastore.health())).toContain("key");
    await turn();
    await datastore.close();
  });
});

describe("a definition of any make", () => {
  it("a key function that returns a promise is a TypeError, and the promise rejects unheard", async () => {
    expectNoUnhandledRejection();
    const { datastore } = setUp();
    const thing = datastore.define({ key: (() => Promise.reject(new Error("late"))) as unknown as () => string, load: () => "value" });
    for (const call of [() => thing(), () => thing.result(), () => thing.expire(), () => thing.delete(), () => thing.peekBackup()]) {
      await expect(call()).rejects.toThrow(new TypeError("define: key must be a function that returns a string; got one that returned a promise"));
    }
  });

  it("an async key function is refused at once", () => {
    const { datastore } = setUp();
    expect(() => datastore.define({ key: (async () => "key") as never, load: () => "value" })).toThrow(new TypeError("define: key must be a function that answers at once; got an async function"));
  });

  it("a key function that throws rejects the call with its own error", async () => {
    const { datastore } = setUp();
    const error = new Error("no id");
    const thing = datastore.define({ key: () => { throw error; }, load: () => "value" });
    expect(await rejectionOf(thing())).toBe(error);
  });

  it("a load that throws at once is a load that failed", async () => {
    const { datastore } = setUp();
    const error = new Error("down");
    const thing = datastore.define({ key: "key", load: (): string => { throw error; } });
    expect(await rejectionOf(thing())).toBe(error);
    await datastore.set("key", "good");
    await datastore.expire("key");
    expect(await thing()).toBe("good");
  });

  it("wrong options of a definition are refused at once, and not at the first call", () => {
    const { datastore } = setUp();
    expect(() => datastore.define({ key: "key", load: () => "value", ttl: "soon" as Duration })).toThrow(/ttl must be/);
    expect(() => datastore.define({ key: "key", load: () => "value", tll: "5m" } as never)).toThrow(/define: options must be among .*; got "tll"/);
  });
});
