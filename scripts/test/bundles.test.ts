import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundlers } from "../bundles/bundlers.mjs";
import { root, run } from "../lib/run.mjs";

const DAY = 86_400_000;
const START = "2030-01-01T00:00:00.000Z";
const value = { key: "a", at: START };

let place: string;
let entry: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "lastgood-bundles-"));
  const source = join(place, "source");
  const modules = join(source, "node_modules/@lastgood");
  await mkdir(modules, { recursive: true });
  for (const name of ["core", "cache-memory", "backup-fs"]) await symlink(join(root, "packages", name), join(modules, name));
  entry = join(source, "program.mjs");
  await cp(fileURLToPath(new URL("../bundles/program.mjs", import.meta.url)), entry);
});
afterAll(() => rm(place, { recursive: true }));

const bundles = bundlers.flatMap((bundler) => (["esm", "cjs"] as const).map((format) => ({ name: bundler.name, format, bundler })));

it.each(bundles)(
  "a program that $name has bundled as $format is one file that gets, falls back and culls, with no node_modules beside it",
  async ({ name, format, bundler }) => {
    const folder = join(place, `${name}-${format}`);
    await mkdir(folder);
    const file = `program.${format === "esm" ? "mjs" : "cjs"}`;
    expect(await bundler.bundle(entry, join(folder, file), format)).toEqual([]);
    expect(await readdir(folder)).toEqual([file]);

    const { ok, output } = await run([process.execPath, join(folder, file), join(folder, "backups")], { cwd: folder });
    expect(ok, output).toBe(true);
    expect(JSON.parse(output)).toEqual({
      hit: { source: "cache", stale: false, age: 0, value, isDate: true },
      fallback: { source: "backup", stale: true, age: 8 * DAY, value, isDate: true },
      cull: { deleted: 1, failed: 0 },
      kept: { a: true, b: true, c: true, unused: false },
      troubles: [],
    });
  },
  120_000,
);
