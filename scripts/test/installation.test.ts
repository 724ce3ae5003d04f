import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installationIsCurrent, rememberInstallation } from "../lib/installation.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lastgood-installation-"));
  write("pnpm-workspace.yaml", "packages:\n  - packages/*\n  - examples\n");
  write("pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
  write("package.json", JSON.stringify({ name: "root", devDependencies: { tool: "1.0.0" } }));
  write("packages/a/package.json", JSON.stringify({ name: "a", dependencies: { library: "^1.0.0" } }));
  write("examples/package.json", JSON.stringify({ name: "examples" }));
  write("node_modules/tool/package.json", "{}");
  write("packages/a/node_modules/library/package.json", "{}");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

describe("an installation", () => {
  it("before the first installation, none is current", () => {
    expect(installationIsCurrent(root)).toBe(false);
  });

  it("an installation that has just been made is current", () => {
    rememberInstallation(root);
    expect(installationIsCurrent(root)).toBe(true);
  });

  it.each([
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package.json",
    "packages/a/package.json",
    "examples/package.json",
  ])("an installation is out of date once %s has changed", (file) => {
    rememberInstallation(root);
    write(file, `${readFileSync(join(root, file), "utf8")}\n`);
    expect(installationIsCurrent(root)).toBe(false);
  });

  it("an installation is out of date once there is one package more", () => {
    rememberInstallation(root);
    write("packages/b/package.json", '{ "name": "b" }');
    expect(installationIsCurrent(root)).toBe(false);
  });

  it.each(["node_modules/tool", "packages/a/node_modules"])("an installation is out of date once %s has been removed", (folder) => {
    rememberInstallation(root);
    rmSync(join(root, folder), { recursive: true });
    expect(installationIsCurrent(root)).toBe(false);
  });
});
