import { describe, expect, it, vi } from "vitest";
import { Flight } from "../src/load/flight.ts";
import { SingleFlight } from "../src/load/single-flight.ts";
import { datastorePolicies } from "../src/options/policies.ts";
import { memoryBackup as aBackup } from "../src/testing.ts";
import { mapCache as aCache } from "./support/stores.ts";
import { gate, turn } from "./support/gate.ts";
import { failing, idOf, MINUTE, setUp } from "./support/setting.ts";
import { byteCache, isSlow, mapCache } from "./support/stores.ts";

function callers<T>(count: number, call: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, call);
}

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
])("one load per key with %s", (_, makeCache) => {
  it("serves a thousand callers of a cold key", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    const load = vi.fn(async () => "loaded");
    const values = await Promise.all(callers(1_000, () => datastore.get("key", load)));
    expect(new Set(values)).toEqual(new Set(["loaded"]));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("serves a thousand callers of a key that falls back, with one read of the backup", async () => {
    const { datastore, clock, backup, told } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const load = vi.fn(failing());
    const values = await Promise.all(callers(1_000, () => datastore.get("key", load, "5m")));
    expect(new Set(values)).toEqual(new Set(["good"]));
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(told.of("fallback")).toHaveLength(1);
  });

  it("get rejects a thousand callers of a key without a backup with one and the same error", async () => {
    const { datastore, backup } = setUp({ cache: makeCache() });
    const error = new Error("the source is down");
    const load = vi.fn(failing(error));
    const outcomes = await Promise.allSettled(callers(1_000, () => datastore.get("key", load)));
    expect(new Set(outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason : outcome)))).toEqual(new Set([error]));
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
  });
});

describe("one load per key", () => {
  it("one load per key is shared by get and getResult", async () => {
    const { datastore } = setUp();
    const load = vi.fn(async () => "loaded");
    const [value, result] = await Promise.all([datastore.get("key", load), datastore.getResult("key", load)]);
    expect(value).toBe("loaded");
    expect(result).toMatchObject({ value: "loaded", source: "loader" });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("covers the fallback: who comes while the backup is read joins", async () => {
    const { datastore, clock, backup } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const held = gate();
    backup.fails("read", (real) => held.promise.then(real));
    const load = vi.fn(failing());
    const first = datastore.get("key", load, "5m");
    await turn();
    expect(backup.count("read", idOf("key"))).toBe(1);
    const second = datastore.get("key", load, "5m");
    await turn();
    held.open();
    expect(await Promise.all([first, second])).toEqual(["good", "good"]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("covers the backup write: who comes while it is waited for does not load again", async () => {
    const { datastore, backup } = setUp();
    const held = gate();
    backup.fails("write", (real) => held.promise.then(real));
    const load = vi.fn(() => "loaded");
    const first = datastore.get("key", load);
    await turn();
    const second = datastore.get("key", load);
    held.open();
    expect(await Promise.all([first, second])).toEqual(["loaded", "loaded"]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("one load per key goes on for other keys meanwhile", async () => {
    const { datastore } = setUp();
    const held = gate<string>();
    const slow = datastore.get("slow", () => held.promise);
    expect(await datastore.get("quick", () => "quick")).toBe("quick");
    held.open("slow");
    expect(await slow).toBe("slow");
  });

  it("one load per key is the key's own: callers of different keys each load", async () => {
    const { datastore } = setUp();
    const load = vi.fn(async ({ key }: { key: string }) => key);
    expect(await Promise.all([datastore.get("a", load), datastore.get("b", load)])).toEqual(["a", "b"]);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("frees the key when it is over, well or not", async () => {
    const { datastore } = setUp();
    const load = vi.fn(failing());
    await Promise.allSettled(callers(10, () => datastore.get("key", load)));
    await Promise.allSettled(callers(10, () => datastore.get("key", load)));
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("one load per key fails 10,000 callers at once with one loader call and one backup read, and holds no key afterwards", async () => {
    const { datastore, backup } = setUp();
    backup.fails("read", isSlow);
    const error = new Error("the source is down");
    const load = vi.fn(failing(error));
    const outcomes = await Promise.allSettled(callers(10_000, () => datastore.get("key", load)));
    expect(outcomes.every((outcome) => outcome.status === "rejected" && outcome.reason === error)).toBe(true);
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(await datastore.get("key", () => "free again")).toBe("free again");
  });
});

const { get: POLICY } = datastorePolicies({ cache: aCache(), backup: aBackup() });

class Work<T> extends Flight<T> {
  readonly #work: (flight: Flight<T>) => Promise<T>;
  constructor(key: string, work: (flight: Flight<T>) => Promise<T>) {
    super(key, POLICY);
    this.#work = work;
  }
  protected run(): void {
    this.endWith(() => this.#work(this));
  }
}

function flights<T>() {
  const all = new SingleFlight<Work<T>>();
  return {
    joinOrStart: (key: string, work: (flight: Flight<T>) => Promise<T>) => all.joinOrStart(key, POLICY, () => new Work(key, work)),
    startBehind: (key: string, work: (flight: Flight<T>) => Promise<T>) => all.startBehind(key, () => new Work(key, work)),
    supersede: (key: string, mayWrite: "backup" | "nothing") => all.supersede(key, mayWrite),
    settled: () => all.settled(),
  };
}

describe("SingleFlight", () => {
  it("SingleFlight gives whoever comes while work runs the outcome of that work", async () => {
    const running = flights<string>();
    const held = gate<string>();
    const other = vi.fn(async () => "other");
    const first = running.joinOrStart("key", () => held.promise).outcome;
    const second = running.joinOrStart("key", other).outcome;
    expect(second).toBe(first);
    held.open("done");
    expect(await second).toBe("done");
    expect(other).not.toHaveBeenCalled();
  });

  it("SingleFlight starts anew when the work is over", async () => {
    const running = flights<number>();
    let calls = 0;
    await running.joinOrStart("key", async () => ++calls).outcome;
    await turn();
    expect(await running.joinOrStart("key", async () => ++calls).outcome).toBe(2);
  });

  it("SingleFlight starts anew after work that throws at once", async () => {
    const running = flights<string>();
    const throwing = (): never => {
      throw new Error("no");
    };
    await expect(running.joinOrStart("key", throwing).outcome).rejects.toThrow("no");
    expect(await running.joinOrStart("key", async () => "second").outcome).toBe("second");
  });

  it("SingleFlight gives work that asks for its own key while it starts its own outcome", async () => {
    const running = flights<string>();
    let own: Promise<string> | undefined;
    const work = async (): Promise<string> => {
      own = running.joinOrStart("key", async () => "another").outcome;
      return "own";
    };
    expect(await running.joinOrStart("key", work).outcome).toBe("own");
    expect(await own).toBe("own");
  });

  it("SingleFlight lets nobody join work that was superseded", async () => {
    const running = flights<string>();
    const held = gate<string>();
    const first = running.joinOrStart("key", () => held.promise).outcome;
    running.supersede("key", "nothing");
    expect(await running.joinOrStart("key", async () => "second").outcome).toBe("second");
    held.open("first");
    expect(await first).toBe("first");
  });

  it("SingleFlight tells superseded work what it may still write, and never gives back what was taken", async () => {
    const running = flights<string>();
    let flight: Flight | undefined;
    const held = gate<string>();
    const done = running.joinOrStart("key", (own) => ((flight = own), held.promise)).outcome;
    await turn();
    expect(flight?.mayWrite).toBe("cache and backup");
    running.supersede("key", "backup");
    expect(flight?.mayWrite).toBe("backup");
    running.supersede("key", "nothing");
    expect(flight?.mayWrite).toBe("nothing");
    running.supersede("key", "backup");
    expect(flight?.mayWrite).toBe("nothing");
    held.open("done");
    await done;
  });

  it("still reaches work that was superseded before, and work that lingers", async () => {
    const running = flights<string>();
    const seen: Flight[] = [];
    const lingering = gate();
    const start = (): Promise<string> =>
      running.joinOrStart("key", async (own) => {
        seen.push(own);
        own.lingers = lingering.promise;
        return "done";
      }).outcome;
    await start();
    await turn();
    await start();
    running.supersede("key", "nothing");
    expect(seen.map(({ mayWrite }) => mayWrite)).toEqual(["nothing", "nothing"]);
    lingering.open();
  });

  it("SingleFlight leaves the work of other keys alone", async () => {
    const running = flights<string>();
    let flight: Flight | undefined;
    const done = running.joinOrStart("a", async (own) => ((flight = own), "done")).outcome;
    running.supersede("b", "nothing");
    await done;
    expect(flight?.mayWrite).toBe("cache and backup");
  });

  it("SingleFlight waits in settled() for everything that runs, and never rejects", async () => {
    const running = flights<string>();
    const held = gate<string>();
    const failed = running.joinOrStart("key", () => held.promise).outcome;
    const settled = vi.fn();
    const waiting = running.settled().then(settled);
    await turn();
    expect(settled).not.toHaveBeenCalled();
    held.fail(new Error("no"));
    await waiting;
    await expect(failed).rejects.toThrow("no");
  });

  it("SingleFlight waits in settled() for what comes after an outcome, and does not ask over and over", async () => {
    const running = flights<string>();
    const after = gate();
    const flight = running.joinOrStart("key", async (own) => {
      own.aftermath = after.promise;
      return "done";
    });
    const ended = vi.spyOn(flight, "ended");
    const settled = running.settled();
    expect(await flight.outcome).toBe("done");
    for (let steps = 0; steps < 20; steps++) await undefined;
    expect(ended).toHaveBeenCalledTimes(1);
    after.open();
    await settled;
  });

  it("SingleFlight knows whether anybody waits, and starts nothing behind while something runs", async () => {
    const running = flights<string>();
    const held = gate<string>();
    const behind = running.startBehind("key", () => held.promise);
    expect(behind?.callers.size).toBe(0);
    expect(running.startBehind("key", async () => "other")).toBeUndefined();
    expect(behind?.callers.size).toBe(0);
    expect(running.joinOrStart("key", async () => "other")).toBe(behind);
    expect(behind?.callers.size).toBe(1);
    held.open("done");
    await turn();
  });

  it("SingleFlight lets nobody join a flight that has departed, and leaves the one after it alone", async () => {
    const running = flights<string>();
    const held = gate<string>();
    const first = running.joinOrStart("key", () => held.promise);
    first.isJoinable = false;
    const second = running.joinOrStart("key", () => held.promise);
    expect(second).not.toBe(first);
    first.isJoinable = false;
    expect(running.joinOrStart("key", async () => "other")).toBe(second);
    held.open("done");
    await first.outcome;
  });
});
