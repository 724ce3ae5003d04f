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

it.each(["20.19.0", "20.20.2", "22.0.0", "24.1.0"])("Node %s is supported", (version) => {
  expect(supportsNode(version)).toBe(true);
});

it.each(["20.18.9", "20.9.0", "18.20.0", "4.30.0"])("Node %s is not supported", (version) => {
  expect(supportsNode(version)).toBe(false);
});

it("a tool of the compiler that is in no folder of the PATH is missing", () => {
  expect(missingTools(["/does-not-exist", folder].join(delimiter))).toEqual(["python3", "make", "g++"]);
});

it("a tool that can be executed is found, wherever in the PATH it is", () => {
  tool("python3", 0o755);
  tool("make", 0o755);
  tool("g++", 0o644);
  expect(missingTools(["/does-not-exist", folder].join(delimiter))).toEqual(["g++"]);
});

it("the headers that a Node has brought along are found", () => {
  mkdirSync(join(folder, "include/node"), { recursive: true });
  writeFileSync(join(folder, "include/node/node.h"), "");
  expect(nodeHeaders(join(folder, "bin/node"))).toBe(folder);
});

it("no headers are found where there are none", () => {
  expect(nodeHeaders(join(folder, "bin/node"))).toBeUndefined();
});
