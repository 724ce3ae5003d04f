import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Changes, type Step } from "../src/changes.ts";
import { fsBackup } from "../src/index.ts";
import { SharedLooks } from "../src/shared-looks.ts";
import { Slots } from "../src/slots.ts";
import { listed, newStore, readText, sibling, temporaryDirectory, write } from "./support/store.ts";
import { failure, watchFiles } from "./support/watch.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** A change that notes its steps, and ends when the test says so. */
function noted(log: string[], name: string, phases: readonly ("fill" | "flush" | "name")[]) {
  return async (step: Step): Promise<void> => {
    for (const phase of phases) await step(phase, async () => void log.push(`${phase} ${name}`));
  };
}

describe("changes that arrive together", () => {
  it("changes that arrive together go through their phases together", async () => {
    const changes = new Changes(new Slots(3), 2);
    const log: string[] = [];
    await Promise.all(["a", "b", "c", "d"].map((name) => changes.run(noted(log, name, ["fill", "flush", "name"]))));
    expect(log.map((line) => line.split(" ")[0])).toEqual([..."fill ".repeat(4), ..."flush ".repeat(4), ..."name ".repeat(4)].join("").trim().split(" "));
  });

  it("a change that hangs does not hold up the changes after it", async () => {
    const changes = new Changes(new Slots(3), 2);
    let letGo = (): void => undefined;
    const hanging = changes.run((step) => step("flush", () => new Promise<void>((resolve) => (letGo = resolve))));
    const log: string[] = [];
    for (const name of ["a", "b"]) await changes.run(noted(log, name, ["fill"]));
    expect(log).toEqual(["fill a", "fill b"]);
    letGo();
    await hanging;
  });

  it("two changes that hang hold up the others, which may leave when they are aborted, and start when one goes on", async () => {
    const changes = new Changes(new Slots(3), 2);
    const letGo: (() => void)[] = [];
    const hang = (): Promise<void> => changes.run((step) => step("flush", () => new Promise<void>((resolve) => letGo.push(resolve))));
    const hanging = [hang(), hang()];
    await turn();
    const controller = new AbortController();
    const log: string[] = [];
    const leaving = changes.run(noted(log, "leaving", ["fill"]), { signal: controller.signal });
    const staying = changes.run(noted(log, "staying", ["fill"]));
    await turn();
    controller.abort(new Error("given up"));
    await expect(leaving).rejects.toThrow("given up");
    expect(log).toEqual([]);
    letGo[0]?.();
    await staying;
    expect(log).toEqual(["fill staying"]);
    letGo[1]?.();
    await Promise.all(hanging);
  });

  it("changes that fail make room for others", async () => {
    const changes = new Changes(new Slots(3), 2);
    const fail = (): Promise<unknown> => changes.run((step) => step("fill", async () => Promise.reject(new Error("no"))));
    for (let round = 0; round < 3; round++) {
      for (const outcome of await Promise.allSettled([fail(), fail(), fail()])) expect(outcome.status).toBe("rejected");
    }
    const log: string[] = [];
    await changes.run(noted(log, "a", ["fill"]));
    expect(log).toEqual(["fill a"]);
  });
});

describe("writes that arrive together", () => {
  const ids = Array.from({ length: 40 }, (_, index) => sibling(index));

  it("writes into one directory that arrive together share the flush of the directory and its listing", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    await Promise.all(ids.map((id) => write(backup, id, 1)));
    const count = (op: string): number => watch.calls.filter((call) => call.op === op).length;
    // One for each file, and few for the directory: a flush may begin while the last file is still on its way.
    expect(count("sync")).toBeLessThanOrEqual(ids.length + 4);
    expect(count("readdir")).toBeLessThanOrEqual(4);
    expect(await listed(backup)).toHaveLength(ids.length + 1);
  });

  it("writes that arrive together write all files before they flush one, and rename all before they flush the directory", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    await Promise.all(ids.map((id) => write(backup, id, 1)));
    const ops = watch.calls.map(({ op, path }): string => (op === "sync" ? (path.includes("/tmp-") ? "flush" : "flush names") : op));
    const before = (op: string, next: string): number => ops.slice(0, ops.indexOf(next)).filter((other) => other === op).length;
    // Two steps run in parallel, so the last step of a phase may still run when the next phase begins.
    expect(before("write", "flush")).toBeGreaterThanOrEqual(ids.length - 1);
    expect(before("flush", "rename")).toBeGreaterThanOrEqual(ids.length - 1);
    expect(before("rename", "flush names")).toBeGreaterThanOrEqual(ids.length - 1);
  });

  it("one of several writes that arrive together may fail, and the others succeed", async () => {
    const backup = fsBackup(newStore());
    using watch = watchFiles();
    let flushes = 0;
    watch.before = ({ op, path }) => {
      if (op === "sync" && path.includes("/tmp-") && ++flushes === 7) throw failure("EIO");
    };
    const outcomes = await Promise.allSettled(ids.map((id) => write(backup, id, 1)));
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(await listed(backup)).toHaveLength(ids.length - 1);
  });

  it("a flush of a directory that fails makes all writes fail that asked for it", async () => {
    const backup = fsBackup(newStore());
    await write(backup, "id", 1);
    using watch = watchFiles();
    watch.before = ({ op, path }) => {
      if (op === "sync" && !path.includes("/tmp-")) throw failure("EIO");
    };
    const outcomes = await Promise.allSettled(ids.map((id) => write(backup, id, 1)));
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  });

  it("more writes than a wave has room for all succeed", async () => {
    const backup = fsBackup(newStore());
    await Promise.all(Array.from({ length: 300 }, (_, index) => write(backup, `id-${index}`, 1)));
    expect(await listed(backup)).toHaveLength(300);
    expect(await readText(backup, "id-299")).toBe("id-299 1");
  });

  it("writes of one id that arrive together leave its newest records", async () => {
    const backup = fsBackup(newStore());
    const stamps = await Promise.all([3, 9, 1, 7, 5].map((stamp) => write(backup, "id", stamp)));
    expect(Math.max(...stamps)).toBe(9);
    expect(await readText(backup, "id")).toBe("id 9");
    expect(await readText(backup, "id", 9)).toBe("id 7");
  });
});

describe("reads that arrive together", () => {
  const ids = Array.from({ length: 40 }, (_, index) => sibling(index));

  it("reads that arrive together share the listings of their directory, and each gets its own record", async () => {
    const backup = fsBackup(newStore());
    await Promise.all(ids.map((id) => write(backup, id, 1)));
    using watch = watchFiles();
    expect(await Promise.all(ids.map((id) => readText(backup, id)))).toEqual(ids.map((id) => `${id} 1`));
    // Three begin at once, and those that wait share the next one.
    expect(watch.calls.filter(({ op }) => op === "readdir").length).toBeLessThanOrEqual(4);
  });

  it("reads of what a list tells of share listings too, as each is read once it is told of", async () => {
    const backup = fsBackup(newStore());
    await Promise.all(ids.map((id) => write(backup, id, 1)));
    using watch = watchFiles();
    const reads: Promise<string | undefined>[] = [];
    for await (const { id } of backup.list()) reads.push(readText(backup, id));
    expect(await Promise.all(reads)).toHaveLength(ids.length);
    expect(watch.calls.filter(({ op }) => op === "readdir").length).toBeLessThanOrEqual(8);
  });

  it("a read takes no listing that began before it was asked for", async () => {
    const directory = temporaryDirectory();
    const looks = new SharedLooks();
    await looks.run(async (look) => {
      expect((await look(directory, true))?.files).toEqual([]);
      writeFileSync(join(directory, "new"), "");
      await looks.run(async (later) => expect((await later(directory, true))?.files).toEqual(["new"]));
    });
  });

  it("a read takes no listing of a deeper level that began before its own of the level above", async () => {
    const [top, deep] = [temporaryDirectory(), temporaryDirectory()];
    const looks = new SharedLooks();
    await looks.run(async (first) => {
      await looks.run(async (second) => second(deep, true));
      writeFileSync(join(deep, "new"), "");
      await first(top, true);
      expect((await first(deep, true))?.files).toEqual(["new"]);
    });
  });

  it("a read that looks again gets a later listing", async () => {
    const directory = temporaryDirectory();
    await new SharedLooks().run(async (look) => {
      await look(directory, true);
      mkdirSync(join(directory, "5"));
      expect((await look(directory, true))?.levels).toEqual(new Set("5"));
    });
  });

  it("a read takes the listing of another one that began after it was asked for", async () => {
    const directory = temporaryDirectory();
    const looks = new SharedLooks();
    await looks.run(async (first) => {
      const theirs = await looks.run((second) => second(directory, true));
      expect(await first(directory, true)).toBe(theirs);
    });
  });

  it("a listing is dropped once no read may take it any more, though there are always reads under way", async () => {
    const directory = temporaryDirectory();
    const looks = new SharedLooks();
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => void (end = resolve));
    let later: Promise<void> | undefined;
    const listing = await looks.run(async (look) => {
      const held = new WeakRef((await look(directory, true)) ?? {});
      later = looks.run(() => ended);
      return held;
    });
    await expect.poll(() => (collectGarbage(), listing.deref() === undefined)).toBe(true);
    end();
    await later;
  });
});
