import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAdapter } from "../lib/adapter-template.mjs";
import { root, run } from "../lib/run.mjs";

let copy: string;

/** A repository that has what a new adapter needs, and into which a test may write. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "lastgood-new-adapter-"));
  cpSync(join(root, "templates"), join(copy, "templates"), {
    recursive: true,
    filter: (file) => !/node_modules|dist/.test(file),
  });
  mkdirSync(join(copy, "packages"));
  for (const shared of [
    "node_modules",
    "packages/core",
    "packages/adapter-tests",
    "package.json",
    "tsconfig.base.json",
    "LICENSE",
  ]) {
    symlinkSync(join(root, shared), join(copy, shared));
  }
});

afterEach(() => {
  rmSync(copy, { recursive: true });
});

/** As an installation would. */
function link(folder: string): void {
  const scope = join(copy, folder, "node_modules/@lastgood");
  mkdirSync(scope, { recursive: true });
  for (const name of ["core", "adapter-tests"]) symlinkSync(join(root, "packages", name), join(scope, name));
}

describe("createAdapter", () => {
  it.each([
    { kind: "backup", name: "dynamo-db", factory: "dynamoDbBackup" },
    { kind: "cache", name: "hazelcast", factory: "hazelcastCache" },
  ])("a new $kind compiles and passes the conformance kit as it stands", async ({ kind, name, factory }) => {
    const { folder, ...made } = createAdapter(copy, kind, name);
    expect({ folder, ...made }).toEqual({
      folder: `packages/${kind}-${name}`,
      packageName: `@lastgood/${kind}-${name}`,
      factory,
    });
    link(folder);

    const bin = join(root, "node_modules/.bin");
    expect(await run([join(bin, "tsc"), "-p", folder], { cwd: copy })).toEqual({ ok: true, output: "" });
    const tests = await run([join(bin, "vitest"), "run", "--root", copy, folder], { cwd: copy });
    expect(tests.output).toContain("conformance.test.ts");
    expect(tests, tests.output).toMatchObject({ ok: true });
    // It compiles and starts a test runner, which takes its time where others compile as well.
  }, 300_000);

  it("a new adapter has none of the template's names left in it", () => {
    const { folder } = createAdapter(copy, "backup", "dynamo");
    for (const file of [
      "package.json",
      "tsconfig.json",
      "README.md",
      "src/index.ts",
      "src/backup-dynamo.ts",
      "test/backup-dynamo.test.ts",
    ]) {
      expect(readFileSync(join(copy, folder, file), "utf8")).not.toMatch(/example|template|backup-adapter/i);
    }
  });

  it("a new adapter can be published", () => {
    const { folder } = createAdapter(copy, "backup", "dynamo");
    const manifest: unknown = JSON.parse(readFileSync(join(copy, folder, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ name: "@lastgood/backup-dynamo", publishConfig: { access: "public" } });
    expect(manifest).not.toHaveProperty("private");
  });

  it("a name that is taken is refused, and its package is left alone", () => {
    createAdapter(copy, "backup", "dynamo");
    expect(() => createAdapter(copy, "backup", "dynamo")).toThrow(
      "packages/backup-dynamo is there already. Take another name",
    );
  });

  it.each([undefined, "", "Dynamo", "dynamo_db", "dynamo--db", "-dynamo", "../dynamo", "9lives", "a".repeat(41)])(
    "%j is refused as the name of a store",
    (name) => {
      expect(() => createAdapter(copy, "backup", name)).toThrow(
        /^The name of a store has small letters, digits and single dashes/,
      );
    },
  );

  it.each([undefined, "disk", "Backup"])("%j is refused as the kind of an adapter", (kind) => {
    expect(() => createAdapter(copy, kind, "dynamo")).toThrow(/^The kind of an adapter is backup or cache/);
  });
});
