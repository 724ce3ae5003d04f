import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { missingTools, nodeHeaders, supportsNode } from "../lib/machine.mjs";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastgood-machine-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function tool(name: string, mode: number): void {
  writeFileSync(join(folder, name), "#!/bin/sh\n");
  chmodSync(join(folder, name), mode);
}

it.each(["20.19.0", "20.20.2", "22.0.0", "24.1.0"])("supports Node %s", (version) => {
  expect(supportsNode(version)).toBe(true);
});

it.each(["20.18.9", "20.9.0", "18.20.0", "4.30.0"])("does not support Node %s", (version) => {
  expect(supportsNode(version)).toBe(false);
});

it("misses every tool of a compiler that is in no folder of the PATH", () => {
  expect(missingTools(["/does-not-exist", folder].join(delimiter))).toEqual(["python3", "make", "g++"]);
});

it("finds the tools that can be executed, wherever in the PATH they are", () => {
  tool("python3", 0o755);
  tool("make", 0o755);
  tool("g++", 0o644);
  expect(missingTools(["/does-not-exist", folder].join(delimiter))).toEqual(["g++"]);
});

it("finds the headers that a Node has brought along", () => {
  mkdirSync(join(folder, "include/node"), { recursive: true });
  writeFileSync(join(folder, "include/node/node.h"), "");
  expect(nodeHeaders(join(folder, "bin/node"))).toBe(folder);
});

it("finds no headers where there are none", () => {
  expect(nodeHeaders(join(folder, "bin/node"))).toBeUndefined();
});
