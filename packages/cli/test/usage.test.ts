import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { ANSWER_OPTIONS, OPTIONS } from "../src/arguments/options.ts";
import { commandHelp, generalHelp } from "../src/commands/help-text.ts";
import { COMMANDS } from "../src/commands/index.ts";
import { EXIT_CODES } from "../src/terminal/exit-codes.ts";
import { showDuration } from "../src/terminal/show-duration.ts";
import { sandbox } from "./support/sandbox.ts";

async function readme(): Promise<string> {
  return await readFile(new URL("../README.md", import.meta.url), "utf8");
}

describe("the help", () => {
  it.each([["--help"], ["-h"], ["help"]])("the help names every command and every exit code (%s)", async (word) => {
    const { stdout, stderr, code } = await (await sandbox()).lastgood(word);
    for (const { name } of COMMANDS) expect(String(stdout)).toContain(`lastgood ${name} `);
    for (const one of EXIT_CODES.flatMap(([codes]) => codes.match(/\w+/g) ?? [])) expect(String(stdout)).toMatch(new RegExp(`\\b${one}\\b`));
    expect([stderr, code]).toEqual(["", 0]);
  });

  it("the help fits a terminal of 80 columns and 24 rows", () => {
    const lines = generalHelp(COMMANDS).split("\n");
    expect(lines.length - 1).toBeLessThanOrEqual(24);
    for (const command of COMMANDS) lines.push(...commandHelp(command).split("\n"));
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([
    ["help", "run"],
    ["run", "--help"],
    ["run", "-h", "--ttl"],
  ])("the help of one command names all its options, and does nothing else (%s %s)", async (...args) => {
    const { stdout, stderr, code } = await (await sandbox()).lastgood(...args);
    expect(String(stdout)).toContain("Usage: lastgood run [OPTION...] -- COMMAND [ARGUMENT...]\n");
    for (const option of ANSWER_OPTIONS) expect(String(stdout)).toContain(`  --${option} `);
    expect([stderr, code]).toEqual(["", 0]);
  });

  it.each(COMMANDS)("the help of $name names all its options", (command) => {
    for (const option of command.options) expect(commandHelp(command)).toContain(`  --${option} `);
  });

  it("--help after -- belongs to the command that is run", async () => {
    const { stdout } = await (await sandbox()).lastgood("run", "--", "printf", "%s", "--help");
    expect(String(stdout)).toBe("--help");
  });
});

describe("the README", () => {
  it("the README has every command, every option and every exit code in its tables", async () => {
    const text = await readme();
    for (const { name } of COMMANDS) expect(text).toMatch(new RegExp(`^\\| \`lastgood ${name}[ \`]`, "m"));
    for (const option of Object.keys(OPTIONS)) expect(text).toMatch(new RegExp(`^\\| \`--${option}[ \`]`, "m"));
    for (const [codes] of EXIT_CODES) expect(text).toContain(`\n| ${codes} | `);
  });
});

it.each(["version", "--version"])("lastgood prints its version (%s)", async (word) => {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const { stdout, code } = await (await sandbox()).lastgood(word);
  expect([String(stdout), code]).toEqual([`${version}\n`, 0]);
});

describe("a command line that is wrong", () => {
  it.each([
    [[], "the command is missing; the commands are run, fetch, "],
    [["frobnicate"], `"frobnicate" is not a command; the commands are run, fetch, `],
    [["--key", "feed", "run"], "--key is not a command: options come after it; "],
    [["help", "frobnicate"], `help: "frobnicate" is not a command; the commands are run, fetch, `],
    [["help", "run", "fetch"], `help: "fetch" is one argument too many; `],
    [["version", "1"], `version: "1" is one argument too many; `],
    [["run"], "run: the command is missing: write it after --; see lastgood run --help"],
    [["run", "--"], "run: the command is missing: write it after --; "],
    [["run", "curl", "--", "x"], `run: "curl" is one argument too many; `],
    [["run", "echo", "hi"], `run: -- is missing before "echo": write lastgood run [OPTION...] -- echo ...; `],
    [["run", "--quiet", "--ttl", "5m", "echo", "-n", "hi"], `run: -- is missing before "echo": `],
    [["run", "--key", "-x", "--", "echo"], "run: --key is followed by a word that begins with -: write --key=VALUE if that is its value; "],
    [["run", "--namespace", "", "--", "x"], "run: --namespace is empty: "],
    [["run", "--ok-exit", "0,", "--", "x"], `run: --ok-exit "0," is not a list of exit codes: write whole numbers from 0 to 255, such as 0,1; `],
    [["run", "--ok-exit", "256", "--", "x"], `run: --ok-exit "256" is not a list of exit codes: `],
    [["fetch", "--ok-exit", "0", "http://h"], "fetch: Unknown option '--ok-exit'; "],
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
    [["run", "--match", "(", "--", "x"], `run: --match "(" is not a regular expression of RE2, which has no look-around, `],
    [["run", "--match", "(?=x)", "--", "x"], `run: --match "(?=x)" is not a regular expression of RE2, `],
    [["run", "--match", "(a)\\1", "--", "x"], "run: --match "],
    [["run", "--backup", "s3:bucket", "--", "x"], `run: --backup "s3:bucket" is no place for backups: write file:DIRECTORY, sqlite:FILE, s3://BUCKET/PREFIX or postgres://HOST/DATABASE; `],
    [["run", "--cache", "", "--", "x"], "run: --cache "],
    [["fetch"], "fetch: URL is missing; "],
    [["fetch", "example.org"], "fetch: the URL cannot be read: write one that begins with http:// or https://; "],
    [["fetch", "file:///etc/passwd"], "fetch: the URL cannot be read: "],
    [["fetch", "http://me:secret@example.org"], "fetch: the URL has a user name in it, "],
    [["run", "--backup", "~someone/backups", "--", "x"], `run: --backup "~someone/backups" is no place for backups: `],
    [["run", "--backup", "file:~someone/backups", "--", "x"], `run: --backup: the path must be one that begins with "~/" or has no "~" at its beginning; got "~someone/backups"; `],
    [["run", "--backup", "file:a?generation=3", "--", "x"], `run: --backup has an option "generation", which is not known: it has generations, `],
    [["run", "--backup", "file:a?generations=two", "--", "x"], `run: --backup: generations must be a whole number from 0 on; got "two"; `],
    [["run", "--backup", "file://host/a", "--", "x"], "run: --backup: the host of the URL must be left out, as in file:PATH or file:///ABSOLUTE/PATH; "],
    [["run", "--backup", "s3://me:secret@host/bucket", "--", "x"], "run: --backup: bucket must be a name alone; "],
    [["run", "--backup", "redis://me:secret@host", "--", "x"], "run: --backup redis://… is no place for backups: "],
    [["run", "--backup", "postgres://me:secret@a,b/c", "--", "x"], "run: --backup: the host of the URL must be one: "],
    [["run", "--backup", "postgres://me:secret@a/c?tabel=x", "--", "x"], `run: --backup has an option "tabel", which is not known: it has sslmode, table, `],
    [["run", "--backup", "s3://bucket?generations=1", "--", "x"], "run: --backup: generations must be "],
    [["ls", "--backup", "file:a,redis://me:secret@host"], "ls: --backup redis://… is no place for backups: "],
    [["ls", "--backup", "seed:a?generations=2"], `ls: --backup has an option "generations", which is not known; `],
    [["ls", "a", "b"], `ls: "b" is one argument too many; `],
    [["show"], "show: KEY is missing; "],
    [["show", "--generation", "0", "a"], "show: --generation is 0, and counts from 1; "],
    [["restore", "--generation", "x", "a"], `restore: --generation "x" is not a whole number from 0 to 999; `],
    [["copy", "a"], "copy: TO is missing; "],
    [["copy", "a", "./a"], "copy: FROM and TO are the same place, file:/"],
    [["copy", "sqlite:a", "file:b,file:c"], "copy: TO names several places: "],
    [["copy", "redis://me:secret@a", "b"], "copy: FROM redis://… is no place for backups: "],
    [["cull", "--json"], "cull: --json goes with --dry-run; "],
    [["verify", "x"], `verify: "x" is one argument too many; `],
    [["completion", "csh"], `completion: "csh" is no shell that is known: write bash, zsh or fish; `],
    [["console", "--listen", "0.0.0.0:80"], `console: --listen "0.0.0.0" is not on loopback: `],
    [["console", "--listen", "nonsense"], `console: --listen "nonsense" is no address: `],
    [["run", "--backup", "sqlite:a.db", "--cache", "a.db", "--", "x"], "run: the cache and the backups cannot both be /"],
    [["peek"], "peek: KEY is missing; "],
    [["peek", "-x"], "peek: Unknown option '-x'; an argument that begins with - comes after --; "],
    [["peek", "--key", "a", "b"], `peek: "b" is one argument too many; `],
    [["delete", "a", "b"], `delete: "b" is one argument too many; `],
    [["cull", "--cull-time", "0"], "cull: --cull-time is 0, and must be longer; "],
  ])("a wrong command line is refused, and the message says what to write: %j", async (args, message) => {
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
])("a duration of %d ms is shown as %s", (ms, shown) => {
  expect(showDuration(ms)).toBe(shown);
});
