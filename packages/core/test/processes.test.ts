import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Compiled, compileSources, run } from "./support/processes.ts";

let core: Compiled;

beforeAll(async () => {
  core = await compileSources();
});

afterAll(() => core.remove());

/** A process that awaits what never settles ends with 13; one that is kept alive is killed by the test. */
describe("a process", () => {
  it("a process sees no unhandled rejection, whatever fails in the background", async () => {
    expect(await run("scenes.mjs", core, "unhandled")).toEqual({ end: 0, output: "no unhandled rejection\n", errors: "" });
  });

  it.each([
    ["while every call of a backup hangs, with deadlines of an hour", "hungBackup", "answered\n"],
    ["while failed backup writes are to be tried again", "failingWrites", "answered\n"],
    ["while a load is running that nobody waits for", "hungLoad", "enough\n"],
    ["with a datastore that was never closed", "idle", "answered\n"],
    ["with a datastore that was closed", "closed", "closed\n"],
  ])("a process ends by itself %s", async (_, scene, output) => {
    expect(await run("scenes.mjs", core, scene)).toEqual({ end: 0, output, errors: "" });
  });

  it.each([
    ["a cache that hangs", "waitingForCache", "answered\n"],
    ["a load that hangs", "waitingForLoad", "LOAD_TIMEOUT\n"],
    ["a backup that hangs", "waitingForBackup", "down\n"],
    ["a backup write that hangs", "waitingForBackupWrite", "answered\n"],
    ["a peekBackup that hangs", "waitingForPeek", "STORE_TIMEOUT\n"],
    ["a flush", "waitingForFlush", "flushed\n"],
    ["a cull", "waitingForCull", "culled\n"],
    ["the next item of outages()", "waitingForOutages", "no outage\n"],
    ["the keys and generations of inspect()", "waitingForInspector", "1 key, 1 generation, restored\n"],
    ["a clear", "waitingForClear", "1 deleted\n"],
  ])("a process does not end while a caller waits for %s", async (_, scene, output) => {
    expect(await run("scenes.mjs", core, scene)).toEqual({ end: 0, output, errors: "" });
  });

  it("close() keeps the process alive until background work is done and the stores are closed", async () => {
    expect(await run("scenes.mjs", core, "waitingForClose")).toEqual({ end: 0, output: "answered\ndurable\nstore closed\nclosed\n", errors: "" });
  });

  it("close() keeps the process alive no longer than the deadlines, even if every store hangs", async () => {
    const { end, output } = await run("scenes.mjs", core, "closingHungStores");
    expect(end).toBe(0);
    expect(output).toMatch(/^(NOT_DURABLE|STORE_TIMEOUT|STORE_FAILED)\n$/);
  });
});
