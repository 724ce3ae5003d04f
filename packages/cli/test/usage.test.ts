import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands/index.ts";
import { showDuration } from "../src/terminal/show-duration.ts";
import { sandbox } from "./support/sandbox.ts";

describe("help", () => {
  it("of lastgood names every command", async () => {
    const { stdout, code } = await (await sandbox()).lastgood("--help");
    for (const { name } of COMMANDS) expect(String(stdout)).toContain(`lastgood ${name} `);
    expect(code).toBe(0);
  });

  it.each(COMMANDS)("of $name names every option that it has, and does nothing else", async ({ name, options }) => {
    const { stdout, stderr, code } = await (await sandbox()).lastgood(name, "--help");
    for (const option of options) expect(String(stdout)).toContain(`--${option}`);
    expect([stderr, code]).toEqual(["", 0]);
  });

  it("is not meant when it is an argument of the command", async () => {
    const { stdout } = await (await sandbox()).lastgood("run", "--", "printf", "%s", "--help");
    expect(String(stdout)).toBe("--help");
  });
});

it("prints its version", async () => {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const { stdout, code } = await (await sandbox()).lastgood("--version");
  expect([String(stdout), code]).toEqual([`${version}\n`, 0]);
});

describe("a command line that is wrong", () => {
  it.each([
    [[], "the command is missing; the commands are run, fetch, "],
    [["frobnicate"], `"frobnicate" is not a command; the commands are run, fetch, `],
    [["--key", "feed", "run"], "--key is not a command: options come after it; "],
    [["run"], "run: the command is missing: write it after --; see lastgood run --help"],
    [["run", "--"], "run: the command is missing: write it after --; "],
    [["run", "curl", "--", "x"], `run: "curl" is one argument too many; `],
    [["run", "--frob", "--", "x"], "run: Unknown option '--frob'; "],
    [["run", "--force", "--", "x"], "run: Unknown option '--force'; "],
    [["run", "--ttl", "--", "x"], "run: Option '--ttl <value>' argument missing; "],
    [["run", "--quiet=yes", "--", "x"], "run: Option '--quiet' does not take an argument; "],
    [["run", "--ttl", "5", "--", "x"], `run: --ttl "5" is not a duration: write a number and its unit (ms, s, m, h, d or w), such as 90s or 5m; `],
    [["run", "--ttl=-5m", "--", "x"], `run: --ttl "-5m" is not a duration: `],
    [["run", "--max-stale", "1y", "--", "x"], `run: --max-stale "1y" is not a duration: `],
    [["run", "--timeout", "0", "--", "x"], "run: --timeout is 0, and must be longer; "],
    [["run", "--max-bytes", "1.5M", "--", "x"], `run: --max-bytes "1.5M" is not a size: `],
    [["run", "--max-bytes", "1G", "--", "x"], "run: --max-bytes 1G is too large: at most 262144000 bytes can be kept; "],
    [["run", "--stale-exit", "256", "--", "x"], `run: --stale-exit "256" is not an exit code: write a whole number from 0 to 255; `],
    [["run", "--match", "(", "--", "x"], `run: --match "(" is not a regular expression of JavaScript; `],
    [["run", "--backup", "s3:bucket", "--", "x"], `run: --backup "s3:bucket" is no place for backups: write file:DIRECTORY or sqlite:FILE; `],
    [["run", "--cache", "", "--", "x"], "run: --cache "],
    [["fetch"], "fetch: URL is missing; "],
    [["fetch", "example.org"], "fetch: the URL is none: write one that begins with http:// or https://; "],
    [["fetch", "file:///etc/passwd"], "fetch: the URL is none: "],
    [["fetch", "http://me:secret@example.org"], "fetch: the URL has a user name in it, "],
    [["peek"], "peek: KEY is missing; "],
    [["delete", "a", "b"], `delete: "b" is one argument too many; `],
    [["cull", "--cull-time", "0"], "cull: --cull-time is 0, and must be longer; "],
  ])("is refused, and told how to be right: %j", async (args, message) => {
    const { stdout, stderr, code } = await (await sandbox()).lastgood(...args);
    expect(stderr).toContain(`lastgood: ${message}`);
    expect(stderr).toMatch(/; see lastgood (\w+ )?--help\n$/);
    expect(stderr).not.toContain("secret");
    expect([String(stdout), code]).toEqual(["", 2]);
  });
});

it.each([
  [0, "0s"],
  [40, "0s"],
  [250, "0.3s"],
  [1_000, "1s"],
  [9_949, "9.9s"],
  [9_950, "10s"],
  [59_400, "59s"],
  [59_600, "1m"],
  [150_000, "2m 30s"],
  [3_600_000, "1h"],
  [3_605_000, "1h"],
  [7_980_000, "2h 13m"],
  [86_399_600, "1d"],
  [400 * 86_400_000 + 3_600_000, "400d 1h"],
])("shows %d ms as %s", (ms, shown) => {
  expect(showDuration(ms)).toBe(shown);
});
