import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAdapter } from "../lib/adapter-template.mjs";
import { checkPackages } from "../lib/laws.mjs";
import { root } from "../lib/run.mjs";

const rooms = ["get", "load", "outage", "cache", "backup", "options", "entry", "adapter", "report", "time", "base"];
const cliRooms = ["commands", "answers", "sources", "stores", "arguments", "terminal"];
let copy: string;

/** A small repository that keeps every law: the real manifests and the real contract, and an adapter just made. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "lastgood-check-packages-"));
  for (const path of ["LICENSE", "pnpm-workspace.yaml", "templates", "packages/core/src/adapter/contract.ts"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true, filter: (file) => !/node_modules|dist/.test(file) });
  }
  for (const name of ["core", "adapter-tests", "cli", "prometheus"]) {
    for (const file of ["LICENSE", "package.json", "tsconfig.json"])
      cpSync(join(root, "packages", name, file), join(copy, "packages", name, file));
    write(`packages/${name}/README.md`, `# ${name}\n`);
    write(`packages/${name}/src/index.ts`, "export const here = true;\n");
  }
  write(`${core}/src/base/promises.ts`, "export type Awaitable<T> = T | PromiseLike<T>;\n");
  write("README.md", "# lastgood\n\n## Two commands\n");
  const map = [...rooms.map((room) => linkTo("core", room)), ...cliRooms.map((room) => linkTo("cli", room))];
  write("CONTRIBUTING.md", `# Contributing\n\n${map.map((link) => `\`\`\`md\n${link}\n\`\`\``).join("\n")}\n`);
  write("docs/decisions/README.md", "# Decisions\n\n| [001](001-first.md) | 2026-11-23 | The first | keyword |\n");
  write("docs/decisions/001-first.md", "# 001 First\n");
  createAdapter(copy, "backup", "dynamo");
  edit(
    "packages/backup-dynamo/package.json",
    '"peerDependencies"',
    '"dependencies": { "dynamo-client": "^1.2.3" },\n  "peerDependencies"',
  );
});

afterEach(() => {
  rmSync(copy, { recursive: true });
});

function linkTo(name: string, room: string): string {
  return `[\`${room}/\`](packages/${name}/src/${room})`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

function read(file: string): string {
  return readFileSync(join(copy, file), "utf8");
}

function edit(file: string, from: string, to: string): void {
  expect(read(file), `${file} has to have what this test changes`).toContain(from);
  write(file, read(file).replace(from, to));
}

function violations(): string[] {
  return checkPackages(copy).violations;
}

const core = "packages/core";
const kit = "packages/adapter-tests";
const cli = "packages/cli";
const companion = "packages/prometheus";
const dynamo = "packages/backup-dynamo";

it("the laws find nothing wrong in a repository that keeps them, nor in an adapter that was just made", () => {
  expect(checkPackages(copy)).toEqual({ packages: 7, laws: expect.any(Number), violations: [] });
});

it("the check says how many laws there are", () => {
  expect(checkPackages(copy).laws).toBeGreaterThan(20);
});

describe("files", () => {
  it.each([
    "README.md",
    "LICENSE",
    "tsconfig.json",
    "src/index.ts",
    "src/backup-dynamo.ts",
    "test/conformance.test.ts",
    "test/backup-dynamo.test.ts",
  ])("the laws miss %s of an adapter", (file) => {
    rmSync(join(copy, dynamo, file));
    expect(violations()).toContain(
      `${dynamo}/${file}:1  this file is missing. Write it; templates/ shows what goes into it. (every adapter has the same files)`,
    );
  });

  it("the laws miss the README of a package that is no adapter", () => {
    rmSync(join(copy, core, "README.md"));
    expect(violations()).toEqual([
      `${core}/README.md:1  this file is missing. Write it. (every package has a README and a tsconfig.json)`,
    ]);
  });

  it("the laws find a LICENSE that is not the repository's", () => {
    edit(`${dynamo}/LICENSE`, "MIT", "BSD");
    expect(violations()).toEqual([
      `${dynamo}/LICENSE:1  this is not the LICENSE of the repository. Copy it: cp LICENSE ${dynamo}/LICENSE (every package has the repository's LICENSE)`,
    ]);
  });

  it("the laws find a package of a kind that they do not know", () => {
    cpSync(join(copy, dynamo), join(copy, "packages/queue-dynamo"), { recursive: true });
    edit("packages/queue-dynamo/package.json", "backup-dynamo", "queue-dynamo");
    expect(violations()).toEqual([
      expect.stringContaining(
        "packages/queue-dynamo/package.json:1  no law knows this kind of package. Name an adapter cache-…",
      ),
    ]);
  });
});

describe("package.json", () => {
  it.each([
    [
      '"name": "@lastgood/backup-dynamo"',
      '"name": "dynamo"',
      '"name" is "dynamo". Make it "name": "@lastgood/backup-dynamo".',
    ],
    ['"license": "MIT"', '"license": "ISC"', '"license" is "ISC". Make it "license": "MIT".'],
    ['"type": "module"', '"type": "commonjs"', '"type" is "commonjs". Make it "type": "module".'],
    ['"sideEffects": false', '"sideEffects": true', '"sideEffects" is true. Make it "sideEffects": false.'],
    ['"node": ">=20.19"', '"node": ">=18"', '"engines" is {"node":">=18"}. Make it "engines": {"node":">=20.19"}.'],
    [
      '"!dist/.tsbuildinfo"',
      '"test"',
      '"files" is ["dist","src","test"]. Make it "files": ["dist","src","!dist/.tsbuildinfo"].',
    ],
    ['"directory": "packages/backup-dynamo"', '"directory": "packages/core"', 'Make it "repository": {"type":"git","url":"git+https://github.com/lastgood/lastgood.git","directory":"packages/backup-dynamo"}.'],
    ['"bugs"', '"bug"', '"bugs" is undefined. Make it "bugs": "https://github.com/lastgood/lastgood/issues".'],
    ['"homepage"', '"home"', 'Make it "homepage": "https://github.com/lastgood/lastgood/tree/main/packages/backup-dynamo#readme".'],
    ['"last-known-good",', "", '"keywords" lacks "last-known-good". Add it: people search for it.'],
    ['"main": "./dist/index.js"', '"main": "./index.js"', '"main" is "./index.js". Make it "main": "./dist/index.js".'],
    ['"license"', '"private": true,\n  "license"', '"private" is true. Remove "private".'],
    [
      '"description": "lastgood backup in dynamo."',
      '"description": ""',
      '"description" is empty. Say in a sentence what the package is.',
    ],
    ['"build": "tsc -b"', '"build": "tsc -b",\n    "postinstall": "true"', 'Make it "scripts": {"build":"tsc -b"}.'],
    [
      '"types": "./dist/index.d.ts",',
      "",
      '"exports" has {"default":"./dist/index.js"} for ".". Make it { "types": "./dist/NAME.d.ts"',
    ],
    [
      '"types": "./dist/index.d.ts"',
      '"types": "./dist/other.d.ts"',
      '"exports" has {"types":"./dist/other.d.ts","default":"./dist/index.js"} for "."',
    ],
    [
      '"types": "./dist/index.d.ts",\n      "default": "./dist/index.js"',
      '"default": "./dist/index.js",\n      "types": "./dist/index.d.ts"',
      "in this order: the first condition that fits is taken",
    ],
    [
      '"./package.json": "./package.json"',
      '"./inner": { "types": "./dist/inner.d.ts", "default": "./dist/inner.js" }',
      '"exports" lacks "." or "./package.json"',
    ],
    [
      '"dynamo-client": "^1.2.3"',
      '"dynamo-client": "^1.2.3", "left-pad": "^1.3.0"',
      "it depends on dynamo-client, left-pad. Keep one, the client of the store.",
    ],
    [
      '"dynamo-client": "^1.2.3"',
      '"dynamo-client": "github:someone/dynamo-client"',
      'Make it a range of versions such as "^1.2.3".',
    ],
    ['"dynamo-client": "^1.2.3"', '"dynamo-client": "*"', 'Make it a range of versions such as "^1.2.3".'],
    [
      '"@lastgood/adapter-tests": "workspace:^"',
      '"@lastgood/adapter-tests": "^1.0.0"',
      '"@lastgood/adapter-tests" is "^1.0.0". Make it "workspace:^".',
    ],
  ])("the laws complain of a package.json in which %j has become %j", (from, to, complaint) => {
    edit(`${dynamo}/package.json`, from, to);
    expect(violations()).toEqual([expect.stringMatching(new RegExp(`^${dynamo}/package\\.json:\\d+  `))]);
    expect(violations()[0]).toContain(complaint);
  });

  it("a complaint about package.json names the line", () => {
    edit(`${dynamo}/package.json`, '"license": "MIT"', '"license": "ISC"');
    expect(violations()[0]).toMatch(new RegExp(`^${dynamo}/package\\.json:12  "license" is "ISC"`));
  });

  it("an adapter has core as a peer, and not as a dependency", () => {
    edit(`${dynamo}/package.json`, '"dynamo-client": "^1.2.3"', '"@lastgood/core": "workspace:^"');
    expect(violations()).toEqual([
      expect.stringContaining(
        'core is no peer of this package. Put "@lastgood/core": "workspace:^" under "peerDependencies" alone',
      ),
    ]);
  });

  it("core has no dependencies", () => {
    edit(`${core}/package.json`, '"license"', '"dependencies": { "left-pad": "^1.3.0" },\n  "license"');
    expect(violations()).toEqual([expect.stringContaining("core has dependencies. Do without")]);
  });

  it("the conformance kit has no dependency but core", () => {
    edit(`${kit}/package.json`, '"license"', '"dependencies": { "vitest": "^4.0.0" },\n  "license"');
    expect(violations()).toEqual([expect.stringContaining("it depends on vitest. Do without.")]);
  });

  it("an adapter may be tested against a second version of its client", () => {
    edit(
      `${dynamo}/package.json`,
      '"devDependencies": {',
      '"devDependencies": {\n    "dynamo-client-0": "npm:dynamo-client@0.9.0",',
    );
    expect(violations()).toEqual([]);
  });
});

describe("imports", () => {
  it.each([
    // Who, what, and what to do about it.
    [
      `${core}/src/index.ts`,
      'import { LRUCache } from "lru-cache";',
      'core imports "lru-cache". Do without it, or hand it in from outside.',
    ],
    [
      `${core}/src/index.ts`,
      'import "@lastgood/backup-dynamo";',
      'core imports "@lastgood/backup-dynamo". Do without it, or hand it in from outside.',
    ],
    [`${core}/src/index.ts`, 'import { x } from "../test/x.ts";', "move into src what src needs"],
    [`${core}/src/index.ts`, 'import fs from "fs";', 'core imports "fs". Write "node:fs".'],
    [
      `${core}/src/index.ts`,
      "await import(name);",
      "core imports what only the running program knows. Write the name as a literal.",
    ],
    [
      `${dynamo}/src/index.ts`,
      'import { Datastore } from "@lastgood/core";',
      'Import from "@lastgood/core/adapter" alone',
    ],
    [
      `${dynamo}/src/index.ts`,
      'import { manualClock } from "@lastgood/core/testing";',
      'Import from "@lastgood/core/adapter" alone',
    ],
    [
      `${dynamo}/src/index.ts`,
      'import type { Datastore } from "@lastgood/core";',
      'Import from "@lastgood/core/adapter" alone',
    ],
    [
      `${dynamo}/src/index.ts`,
      'type Store = import("@lastgood/core").Datastore;',
      'Import from "@lastgood/core/adapter" alone',
    ],
    [`${dynamo}/src/index.ts`, 'import "@lastgood/cache-other";', "adapters know of no one else"],
    [
      `${dynamo}/src/index.ts`,
      'const pad = await import("left-pad");',
      'backup-dynamo imports "left-pad". Do without it',
    ],
    [`${dynamo}/src/index.ts`, 'const pad = require("left-pad");', 'backup-dynamo imports "left-pad". Do without it'],
    [`${dynamo}/src/index.ts`, 'export { pad } from "left-pad";', 'backup-dynamo imports "left-pad". Do without it'],
    [`${dynamo}/src/index.ts`, 'import { x } from "../../core/src/index.ts";', "Import a package by its name"],
    [
      `${dynamo}/test/conformance.test.ts`,
      'import { x } from "../../core/src/index.ts";',
      "Import a package by its name",
    ],
    [
      `${dynamo}/test/conformance.test.ts`,
      'import { x } from "@lastgood/core/dist/x.js";',
      "Import from @lastgood/core or @lastgood/core/adapter",
    ],
    [`${companion}/src/index.ts`, 'import { instrument } from "@lastgood/opentelemetry";', "companions know of no adapter"],
    [`${companion}/src/index.ts`, 'import chalk from "chalk";', 'Put it under "dependencies", or do without it.'],
    [`${kit}/src/index.ts`, 'import { it } from "vitest";', "the kit has to run wherever an adapter is tested"],
    [`${kit}/src/index.ts`, 'import { it } from "node:test";', "Use the describe and it that are handed in."],
    [`${kit}/src/index.ts`, 'import { Datastore } from "@lastgood/core";', 'Write "import type".'],
    [
      `${cli}/src/index.ts`,
      'import { x } from "left-pad";',
      'cli imports "left-pad". Put it under "dependencies", or do without it.',
    ],
    [
      `${cli}/src/index.ts`,
      'import { x } from "@lastgood/core/src/x.ts";',
      "Import from @lastgood/core or @lastgood/core/adapter",
    ],
  ])("the laws refuse in %s: %s", (file, line, complaint) => {
    const lines = read(file).split("\n").length;
    write(file, `${read(file)}${line}\n`);
    expect(violations()).toEqual([expect.stringContaining(complaint)]);
    expect(violations()[0]).toMatch(new RegExp(`^${file}:${lines}  `));
  });

  it.each([
    [`${core}/src/index.ts`, 'import { createHash } from "node:crypto"; export { x } from "./x.ts";'],
    [
      `${dynamo}/src/index.ts`,
      'import { Client } from "dynamo-client"; import { join } from "node:path"; import { worker } from "#worker";',
    ],
    [
      `${dynamo}/src/index.ts`,
      'import { type BackupAdapter, optionChecks } from "@lastgood/core/adapter";',
    ],
    [
      `${kit}/src/index.ts`,
      'import assert from "node:assert/strict"; import type { Datastore } from "@lastgood/core";',
    ],
    [
      `${cli}/src/index.ts`,
      'import { fsBackup } from "@lastgood/backup-fs"; import { Datastore } from "@lastgood/core";',
    ],
  ])("the laws allow in %s: %s", (file, line) => {
    write(file, `${read(file)}${line}\n`);
    expect(violations()).toEqual([]);
  });
});

describe("the rooms of the command line", () => {
  it("the command line has no import that goes up or across, no circle, and no room without a level", () => {
    write(`${cli}/src/sources/loader.ts`, 'import type {} from "../stores/places.ts"; import type {} from "../terminal/say.ts";\n');
    write(`${cli}/src/stores/places.ts`, 'import type {} from "../commands/run.ts";\n');
    write(`${cli}/src/terminal/say.ts`, 'import type {} from "./say.ts";\n');
    write(`${cli}/src/attic/box.ts`, "export const box = 1;\n");
    expect(violations()).toEqual([
      expect.stringContaining("attic/ has no level."),
      expect.stringContaining("attic/ is not on the map of cli."),
      expect.stringContaining("sources/ imports stores/places.ts."),
      expect.stringContaining("stores/ imports commands/run.ts."),
      expect.stringContaining("circle: terminal/say.ts → terminal/say.ts."),
    ]);
  });
});

describe("the rooms of core", () => {
  it.each([
    // Each room, and those that are not below it.
    ["get", ["src"]],
    ["load", ["src", "get"]],
    ["outage", ["src", "get", "load"]],
    ["cache", ["src", "get", "load", "outage", "backup", "options"]],
    ["backup", ["src", "get", "load", "outage", "cache", "options"]],
    ["options", ["src", "get", "load", "outage", "cache", "backup"]],
    ["entry", ["src", "get", "load", "outage", "cache", "backup", "options", "adapter"]],
    ["adapter", ["src", "get", "load", "outage", "cache", "backup", "options", "entry"]],
    ["report", ["src", "get", "load", "outage", "cache", "backup", "options", "entry", "adapter"]],
    ["time", ["src", "get", "load", "outage", "cache", "backup", "options", "entry", "adapter", "report"]],
    ["base", ["src", "get", "load", "outage", "cache", "backup", "options", "entry", "adapter", "report", "time"]],
  ])("a file of %s/ may import from lower levels, and not from %j", (room, refused) => {
    for (const other of rooms) write(`${core}/src/${other}/there.ts`, "export type There = string;\n");
    const targets = ["index.ts", ...rooms.map((other) => `${other}/there.ts`)];
    const lines = targets.map((target) => `import type {} from "../${target}";`);
    write(`${core}/src/${room}/here.ts`, `${lines.join("\n")}\n`);
    expect(violations()).toEqual(
      refused.map((other) =>
        expect.stringContaining(`${room}/ imports ${other === "src" ? "index.ts" : `${other}/there.ts`}. Move what both`),
      ),
    );
  });

  it("the complaint about an import that goes up names the file and the line", () => {
    write(`${core}/src/get/read-path.ts`, "export const path = 1;\n");
    write(`${core}/src/cache/cache.ts`, '\nexport { path } from "../get/read-path.ts";\n');
    expect(violations()).toEqual([
      `${core}/src/cache/cache.ts:2  cache/ imports get/read-path.ts. Move what both need to a lower level, or hand it in from above. (a file of core imports from its own folder or from a lower level)`,
    ]);
  });

  it("a folder inside a room counts as that room", () => {
    write(`${core}/src/entry/codec/json.ts`, 'import type {} from "../entry.ts"; import type {} from "../../get/load.ts";\n');
    write(`${core}/src/entry/entry.ts`, "export type Entry = string;\n");
    write(`${core}/src/get/load.ts`, "export type Load = string;\n");
    expect(violations()).toEqual([expect.stringContaining("entry/ imports get/load.ts.")]);
  });

  it("the laws ask for the level of a folder that has none, and for its place on the map", () => {
    write(`${core}/src/attic/box.ts`, "export const box = 1;\n");
    expect(violations()).toEqual([
      `${core}/src/attic/box.ts:1  attic/ has no level. Give the folder a level in scripts/laws/rooms.mjs, and a line in CONTRIBUTING.md. (every folder of core has a level)`,
      "CONTRIBUTING.md:1  attic/ is not on the map of core. Say there what is in [`attic/`](packages/core/src/attic). (CONTRIBUTING.md has every folder of core on its map)",
    ]);
  });

  it("the laws ask to divide a room of more than 12 files, and a file of more than 200 lines", () => {
    for (let number = 1; number <= 13; number += 1) write(`${core}/src/report/file-${number}.ts`, "export type There = string;\n");
    write(`${core}/src/entry/long.ts`, "// one line\n".repeat(201));
    write(`${core}/src/entry/long-enough.ts`, "// one line\n".repeat(200));
    expect(violations()).toEqual([
      `${core}/src/report:1  this folder has 13 files. Divide it: at most 12 are read at a glance. (a folder of core has at most 12 files)`,
      `${core}/src/entry/long.ts:201  this file has 201 lines. Divide it by what it does. (a file of core has at most 200 lines)`,
    ]);
  });

  it("the laws find a circle of two files in one folder, once", () => {
    write(`${core}/src/get/load.ts`, '\nimport type { Flight } from "./flight.ts";\n');
    write(`${core}/src/get/flight.ts`, '\n\nimport type { Load } from "./load.ts";\n');
    expect(violations()).toEqual([
      `${core}/src/get/flight.ts:3  imports go in a circle: get/flight.ts → get/load.ts → get/flight.ts. Move what both need to a file of its own, or take an interface. (no file of core imports itself, directly or through others)`,
    ]);
  });

  it("the laws find a circle of three files, and a file that imports itself", () => {
    write(`${core}/src/base/a.ts`, 'import type {} from "./b.ts";\n');
    write(`${core}/src/base/b.ts`, 'import type {} from "./c.ts";\n');
    write(`${core}/src/base/c.ts`, 'import type {} from "./a.ts";\n');
    write(`${core}/src/base/d.ts`, 'import type {} from "./d.ts"; import type {} from "./a.ts";\n');
    expect(violations()).toEqual([
      expect.stringContaining("circle: base/a.ts → base/b.ts → base/c.ts → base/a.ts."),
      expect.stringContaining("circle: base/d.ts → base/d.ts."),
    ]);
  });

  const holder = `import type { BackupAdapter, ByteCacheAdapter } from "../adapter/contract.ts";
export class Holder {
  readonly #backup: BackupAdapter;
  readonly #options: { readonly cache: ByteCacheAdapter };
  constructor(backup: BackupAdapter, cache: ByteCacheAdapter) {
    this.#backup = backup;
    this.#options = { cache };
  }
`;

  it.each([
    ["outage", "return this.#backup.read(id);", "a backup adapter's own read. Ask GuardedBackup"],
    ["backup", "const store = this.#backup; return store.lock?.();", "a backup adapter's own lock. Ask GuardedBackup"],
    ["backup", "return this.#backup.list.bind(this.#backup);", "a backup adapter's own list. Ask GuardedBackup"],
    ["get", "return this.#options.cache.get(id);", "a cache adapter's own get. Ask Cache"],
    ["get", "return this.#options.cache.setUnlessNewer;", "a cache adapter's own setUnlessNewer. Ask Cache"],
  ])("a file of %s/ may not have %j", (room, statement, complaint) => {
    const file = `${core}/src/${room}/holder.ts`;
    write(file, `${holder}  ask(id: string): unknown { ${statement} }\n}\n`);
    expect(violations()).toEqual([expect.stringContaining(complaint)]);
    expect(violations()[0]).toMatch(new RegExp(`^${file}:9  this is `));
  });

  it.each([
    ["backup/guarded-backup.ts", "return this.#backup.read(id);"],
    ["cache/byte-tier.ts", "return this.#options.cache.get(id);"],
    ["get/keeper.ts", "return this.#backup.name;"],
    ["get/keeper.ts", "return new Map().get(id);"],
    ["get/keeper.ts", "const own = { read: (key: string) => key }; return own.read(id);"],
  ])("the file %s may have %j", (file, statement) => {
    write(`${core}/src/${file}`, `${holder}  ask(id: string): unknown { ${statement} }\n}\n`);
    expect(violations()).toEqual([]);
  });
});

it("lets an adapter import what its build puts into the package, and nothing else that it has for its tests", () => {
  edit(`${dynamo}/package.json`, '"devDependencies": {', '"devDependencies": {\n    "left-pad": "^1.0.0",');
  write(`${dynamo}/src/index.ts`, `${read(`${dynamo}/src/index.ts`)}import { pad } from "left-pad";\n`);
  expect(violations()).toEqual([expect.stringContaining('backup-dynamo imports "left-pad". Do without it')]);
  edit(`${dynamo}/package.json`, '"build": "tsc -b"', '"build": "tsc -b && esbuild src/index.ts --bundle --outdir=dist"');
  expect(violations()).toEqual([]);
});

describe("the public surface", () => {
  it("a package has no export *", () => {
    write(`${dynamo}/src/index.ts`, 'export * from "./backup-dynamo.ts";\n');
    expect(violations()).toEqual([
      `${dynamo}/src/index.ts:1  export * hides what is public. Name what is exported, one by one. (what a package exports is named)`,
    ]);
  });

  it.each(["Error", "TypeError", "Uint8Array", "Map", "Date", "Promise", "URL", "AbortSignal"])("no source asks whether a value is an instance of its own realm's %s", (name) => {
    write(`${dynamo}/src/question.ts`, `// instanceof ${name}\nexport const isOurs = (value: unknown): boolean => value instanceof ${name};\n`);
    expect(violations()).toEqual([expect.stringContaining(`${dynamo}/src/question.ts:2  "instanceof ${name}" is false for one of another realm. Ask isError`)]);
  });

  it("a source may ask for a class of its own, and core's realm.ts for any", () => {
    write(`${dynamo}/src/question.ts`, "class OwnError extends Error {}\nexport const isOurs = (value: unknown): boolean => value instanceof OwnError;\n");
    write(`${core}/src/base/realm.ts`, "export const isOurs = (value: unknown): boolean => value instanceof Error;\n");
    expect(violations()).toEqual([]);
  });

  it("the contract has no code", () => {
    const file = `${core}/src/adapter/contract.ts`;
    const lines = read(file).split("\n").length;
    write(file, `${read(file)}export const generations = 2;\n`);
    expect(violations()).toContain(
      `${file}:${lines}  the contract has code in it. Move the code to another file of core. (the contract is types only)`,
    );
  });

  it("the contract is short", () => {
    const file = `${core}/src/adapter/contract.ts`;
    write(file, `${read(file)}${"\n".repeat(20)}export type Last = 1;\n`);
    expect(violations()).toEqual([
      expect.stringMatching(/contract\.ts:120 {2}the contract has \d+ lines\. Take something out of it/),
    ]);
  });
});

describe("the decisions", () => {
  it("the index of decisions names every page", () => {
    write("docs/decisions/002-second.md", "# 002 Second\n");
    expect(violations()).toEqual([
      "docs/decisions/README.md:1  there is no line for 002-second.md. Add one: | [002](002-second.md) | YYYY-MM-DD | the decision in a sentence | everyday keywords | (the index of decisions has every page, with its date)",
    ]);
  });

  it.each([
    ["the date", "2026-11-23", "recently"],
    ["the decision", "The first", ""],
    ["the keywords", "keyword", ""],
    ["the link", "[001](001-first.md)", "001"],
  ])("no line of the index of decisions lacks %s", (_, from, to) => {
    edit("docs/decisions/README.md", from, to);
    expect(violations()).toEqual([expect.stringContaining("there is no line for 001-first.md")]);
  });

  it("decisions without an index are complained of", () => {
    rmSync(join(copy, "docs/decisions/README.md"));
    expect(violations()).toEqual([expect.stringContaining("docs/decisions/README.md:1  there is no line for 001-first.md")]);
  });
});

describe("text", () => {
  // Put together here, so that this file keeps the law too.
  it.each([
    [
      ["https://registry", "example", "org/left-pad"].join("."),
      "which registry is asked is for each machine's own configuration",
    ],
    [
      ["tarball", " https://example.org/left-pad.tgz"].join(":"),
      "which registry is asked is for each machine's own configuration",
    ],
    [["cd ", "home", "somebody", "lastgood"].join("/"), "Make it relative to the repository"],
    [["cd ", "root", "lastgood"].join("/"), "Make it relative to the repository"],
    [["cd ", "Users", "somebody", "lastgood"].join("/"), "Make it relative to the repository"],
  ])("the laws find the text %s", (text, complaint) => {
    write("notes.md", `# Notes\n\n${text}\n`);
    expect(violations()).toEqual([expect.stringContaining(complaint)]);
    expect(violations()[0]).toMatch(/^notes\.md:3 {2}/);
  });

  it.each([
    ["[there](missing.md)", 'the link "missing.md" leads nowhere'],
    [
      "[there](README.md#no-such-heading)",
      'the link "README.md#no-such-heading" names a heading that README.md does not have',
    ],
    ["[there]: missing.md", 'the link "missing.md" leads nowhere'],
    ["![picture](docs/missing.svg)", 'the link "docs/missing.svg" leads nowhere'],
    ["[there](https://github.com/lastgood/lastgood/blob/main/missing.md)", 'the link "/missing.md" leads nowhere'],
    ["[there](https://github.com/lastgood/lastgood/blob/main/README.md#no-such-heading)", "names a heading that README.md does not have"],
  ])("the laws find the broken link %s", (text, complaint) => {
    write("notes.md", `# Notes\n\n${text}\n`);
    expect(violations()).toEqual([expect.stringContaining(complaint)]);
  });

  it("the laws find a changeset of a package that is not published, and let the others pass", () => {
    write(".changeset/fine.md", '---\n"lastgood": minor\n"@lastgood/core": patch\n---\n\nBetter: much.\n');
    expect(violations()).toEqual([]);
    write(".changeset/wrong.md", '---\n"@lastgood/core": patch\n"@lastgood/cli": minor\n---\n\nBetter.\n');
    expect(violations()).toEqual([expect.stringMatching(/^\.changeset\/wrong\.md:3 {2}"@lastgood\/cli" is no published package\. Name one of .*lastgood/)]);
  });

  it("the laws find a link in the README of a published package that npm could not follow", () => {
    write(`${core}/README.md`, "# core\n\n[the command line](../cli) [above](#core)\n");
    expect(violations()).toEqual([
      `${core}/README.md:3  the link "../cli" works in the repository alone. npm shows this page as well: make it https://github.com/lastgood/lastgood/tree/main/packages/cli. (the README of a published package has no relative links)`,
    ]);
  });

  it.each([
    "[there](packages/core/)",
    "[there](README.md#two-commands)",
    "[here](#notes)",
    "[away](https://example.org/x.md)",
    "[there](https://github.com/lastgood/lastgood/blob/main/README.md#two-commands)",
    "[there](https://github.com/lastgood/lastgood/tree/main/packages/core#readme)",
    "`[code](missing.md)`",
    "```md\n[code](missing.md)\n```",
  ])("the laws let the link %j pass", (text) => {
    write("notes.md", `# Notes\n\n${text}\n`);
    expect(violations()).toEqual([]);
  });
});
