import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const PROGRAMS = (await readdir(HERE)).filter((file) => file.endsWith(".node-test.mjs"));

describe("the programs that pages of the site show", () => {
  it("are found", () => expect(PROGRAMS).toContain("erasing.node-test.mjs"));

  it.each(PROGRAMS)("the tests of %s pass in the runner of Node, which is how the page shows them", async (program) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter=tap", HERE + program]);
    expect(stdout).toMatch(/^# pass [1-9]/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });
});
