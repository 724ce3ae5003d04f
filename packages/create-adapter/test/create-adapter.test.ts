import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PROGRAM = join(ROOT, "packages/create-adapter/dist/main.js");

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "lastgood-create-adapter-"));
});
afterEach(() => rmSync(place, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(cwd: string, program: string, ...args: readonly string[]): Promise<Outcome> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [program, ...args], { cwd })) };
  } catch (error) {
    return error as Outcome; // what execFile rejects with
  }
}

function manifest(folder: string): Record<string, Record<string, string>> {
  return JSON.parse(readFileSync(join(place, folder, "package.json"), "utf8")) as Record<string, Record<string, string>>; // as it was written
}

/** As `npm install` would, with the packages of this repository. */
function install(folder: string): void {
  const modules = join(place, folder, "node_modules");
  for (const scope of ["@lastgood", "@types"]) mkdirSync(join(modules, scope), { recursive: true });
  for (const name of ["core", "adapter-tests", "cache-memory"]) symlinkSync(join(ROOT, "packages", name), join(modules, "@lastgood", name));
  for (const name of ["typescript", "vitest", "@types/node"]) symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
}

describe("npm create @lastgood/adapter", () => {
  it.each([
    ["backup", "dynamo-db", "dynamoDbBackup"],
    ["cache", "hazelcast", "hazelcastCache"],
  ])("a new %s outside the repository compiles, and passes the conformance kit as it stands", async (kind, name, factory) => {
    const folder = `${kind}-${name}`;
    const made = await run(place, PROGRAM, kind, name);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain(`${factory}()`);
    install(folder);
    expect(await run(join(place, folder), join(place, folder, "node_modules/typescript/bin/tsc"), "-b")).toMatchObject({ code: 0 });
    const tests = await run(join(place, folder), join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--root", ".");
    expect(tests.stdout).toContain("conformance.test.ts");
    expect(tests, tests.stdout).toMatchObject({ code: 0 });
  }, 300_000);

  it("a new package can be published: it is not private, asks for versions, and names nothing of this repository", async () => {
    await run(place, PROGRAM, "backup", "dynamo");
    const made = manifest("backup-dynamo");
    expect(made).toMatchObject({ name: "lastgood-backup-dynamo", exports: { ".": { types: "./dist/index.d.ts" } }, scripts: { test: "tsc -b && vitest run" } });
    expect(made).not.toHaveProperty("private");
    for (const range of Object.values({ ...made["peerDependencies"], ...made["devDependencies"] })) expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
    for (const file of ["package.json", "tsconfig.json", "README.md", "src/backup-dynamo.ts"]) {
      const text = readFileSync(join(place, "backup-dynamo", file), "utf8");
      expect(text).not.toMatch(/workspace:|lastgood-template|\.\.\/\.\.|exampleBackup/);
    }
  });

  it.each([
    [[], "The kind of an adapter is backup or cache, not left out. For example: npm create @lastgood/adapter backup dynamo"],
    [["queue", "dynamo"], 'not "queue"'],
    [["backup"], "and is not left out"],
    [["backup", "../x"], 'and is not "../x"'],
    [["backup", "example"], "Take the name of the store"],
  ])("the arguments %j are refused, with what to type instead, and nothing is written", async (args, complaint) => {
    const { code, stderr } = await run(place, PROGRAM, ...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(complaint)]);
    expect(existsSync(join(place, "backup-example"))).toBe(false);
  });

  it("a folder that is there already is left alone", async () => {
    mkdirSync(join(place, "cache-dynamo"));
    const { code, stderr } = await run(place, PROGRAM, "cache", "dynamo");
    expect([code, stderr]).toEqual([1, expect.stringContaining("cache-dynamo is there already")]);
    expect(existsSync(join(place, "cache-dynamo/package.json"))).toBe(false);
  });

  it("--help says what the arguments are", async () => {
    expect(await run(place, PROGRAM, "--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("KIND  backup or cache") });
  });
});
