import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { build, type Format, transform } from "esbuild";
import { describe, expect, it } from "vitest";
import { newStore, temporaryDirectory } from "./support/store.ts";

const packageDirectory = fileURLToPath(new URL("..", import.meta.url));
const published = join(packageDirectory, "dist/index.js");

/** A program that culls: what it prints is what the cull deleted. */
const PROGRAM = `
  import { fsBackup } from "@lastgood/backup-fs";
  import { Datastore } from "@lastgood/core";
  import { manualClock } from "@lastgood/core/testing";

  async function main() {
    const clock = manualClock();
    const cache = { name: "none", stores: "values", get: () => undefined, set: () => undefined, delete: () => undefined };
    const datastore = new Datastore({ cache, backup: fsBackup(process.argv[2]), clock, cullTime: "1d" });
    await datastore.get("old", () => 1);
    clock.advance(60 * 86_400_000);
    await datastore.get("new", () => 2);
    const { deleted } = await datastore.cull();
    await datastore.close();
    process.stdout.write(String(deleted));
  }
  main();
`;

async function bundled(format: Format, outfile: string): Promise<void> {
  await build({
    stdin: { contents: PROGRAM, resolveDir: packageDirectory },
    bundle: true,
    platform: "node",
    format,
    outfile,
    logLevel: "silent",
  });
}

describe("the published file", () => {
  it.each([
    ["esm", "program.mjs"],
    ["cjs", "program.cjs"],
  ] as const)("the published file culls in a program that esbuild has bundled as %s", async (format, name) => {
    const outfile = join(temporaryDirectory(), name);
    await bundled(format, outfile);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [outfile, newStore()]);
    expect([stdout, stderr]).toEqual(["1", ""]);
  });

  it("the published file works where a test runner transforms it to CommonJS and runs it in a realm of its own", async () => {
    const { code } = await transform(await readFile(published, "utf8"), { format: "cjs", target: "node20" });
    expect(code).not.toContain("import.meta");
    const module: { exports: Record<string, unknown> } = { exports: {} };
    // Jest's realm has no globals but those of the language and a few of Node.
    const realm = { module, exports: module.exports, require: createRequire(published), process, Buffer, URL, setTimeout, clearTimeout, AbortSignal };
    runInNewContext(code, realm);
    const { fsBackup } = module.exports as unknown as typeof import("../src/index.ts"); // as its types say
    const backup = fsBackup(newStore());
    expect(await backup.read("id")).toBeUndefined();
    expect(await backup.write("id", Uint8Array.of(1), { loadedAt: 1, usedAt: 1 })).toBe(1);
    expect((await backup.read("id"))?.bytes).toHaveLength(1);
    const release = await backup.lock?.();
    expect(await backup.lock?.()).toBeUndefined();
    await release?.();
    expect(await backup.delete("id")).toBe(true);
  });

  it("the published file asks for no library at run time, and brings the licences of those that are in it", async () => {
    const text = await readFile(published, "utf8");
    const imported = Array.from(text.matchAll(/(?:from|import|require)\s*\(?\s*"([^"]+)"/g), ([, from]) => from);
    expect(imported.filter((from) => !/^node:|^@lastgood\/core\/adapter$/.test(from ?? ""))).toEqual([]);
    const ours = createRequire(join(packageDirectory, "src/index.ts"));
    const lockfile = ours.resolve("proper-lockfile");
    for (const license of [join(dirname(lockfile), "LICENSE"), join(dirname(createRequire(lockfile).resolve("retry")), "License")]) {
      const [holder = "no holder"] = /(?<=Copyright \(c\) \d{4}:?\s*)[^\n]+/.exec(await readFile(license, "utf8")) ?? [];
      expect(text).toContain(holder);
    }
  });
});
