import { chmod, readFile } from "node:fs/promises";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands/index.ts";
import { OPTIONS } from "../src/arguments/options.ts";
import { NumberSet } from "../src/copy/number-set.ts";
import { EXIT_CODES } from "../src/terminal/exit-codes.ts";
import { showSize } from "../src/terminal/show-size.ts";
import { sandbox, until } from "./support/sandbox.ts";
import { Clock, onDisk, program } from "./support/stores.ts";

const DAY = 86_400_000;

describe("doctor", () => {
  it("doctor says that all is well, and exits with 0", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    const { stdout, stderr, code } = await box.lastgood("doctor");
    expect(String(stdout)).toMatch(/^versions\n {2}ok +lastgood \S+, Node \S+, linux/);
    expect(String(stdout)).toMatch(/\nsqlite:\S+backups\.db\n {2}ok +1 key of \d+, listed in [\d.]+s\n {2}ok +this user can read and write it\n {2}ok +\S+ are free on its disk\n$/);
    expect([stderr, code]).toEqual(["", 0]);
  });

  it("doctor warns of others who can read, of a clock behind, of outages and of keys long unused, and says what to do", async () => {
    const box = await sandbox();
    const { place, open } = onDisk(box, "file");
    await program(open(), (datastore) => datastore.set("old", 1), { clock: new Clock(60 * DAY) });
    await program(open(), async (datastore) => (await datastore.get("key", () => 1), await datastore.get("key", () => Promise.reject(new Error("down")), { refresh: true })), { clock: new Clock(-DAY / 2) });
    await chmod(box.path("store"), 0o755);
    const { stdout, code } = await box.lastgood("doctor", "--json", "--backup", place);
    const findings: readonly { readonly status: string; readonly message: string; readonly advice: string }[] = JSON.parse(String(stdout));
    expect(findings.filter(({ status }) => status === "warning").map(({ message, advice }) => `${message}: ${advice}`)).toEqual([
      "1 outage on record: run lastgood status",
      expect.stringMatching(/^its newest use is 1[12]h.* ahead of the clock of this machine: compare the clocks/),
      expect.stringMatching(/^its oldest key is unused for 60d.*: run lastgood cull about once a week$/),
      expect.stringMatching(/^other users may reach it \(mode 0755\): chmod go= \S+, unless they share it$/),
    ]);
    expect(code).toBe(0);
  });

  it("doctor finds records that cannot be read, and exits with 1", async () => {
    const box = await sandbox();
    await box.lastgood("run", "--key", "feed", "--backup", "file:store", "--", "echo", "hello");
    await box.shell("for file in store/*/*; do echo damaged > $file; done");
    const { stdout, code } = await box.lastgood("doctor", "--backup", "file:store");
    expect(String(stdout)).toContain("  problem  1 of the first 1 record cannot be read\n           → run lastgood verify\n");
    expect(code).toBe(1);
  });
});

describe("the console", () => {
  it("console shows outages of other processes on loopback, refuses other names and addresses, and ends by SIGTERM", async () => {
    const box = await sandbox();
    const { place, open } = onDisk(box, "file");
    await program(open(), async (datastore) => (await datastore.get("rates", () => 1), await datastore.get("rates", () => Promise.reject(new Error("down")), { refresh: true })));
    const run = box.start(["console", "--listen", "0", "--backup", place], { NODE_OPTIONS: `--require ${await reporter(box)}` });
    const port = await until(async () => (await box.read("port")) || undefined);
    const state = await (await fetch(`http://127.0.0.1:${port}/api/state`)).json();
    expect(state).toMatchObject({ fallback: { total: 1, items: [{ key: "rates", error: { message: "down" } }] } });
    expect(await (await fetch(`http://localhost:${port}/`)).text()).toContain("<!doctype html>");
    expect(await (await fetch(`http://127.0.0.1:${port}/api/records`)).json()).toMatchObject({ items: [{ key: "rates" }] });
    expect((await fetch(`http://127.0.0.1:${port}/api/action`, { method: "POST" })).status).toBe(403);
    expect(await statusFor(Number(port), "evil.example")).toBe(421);
    run.kill("SIGTERM");
    const { stderr, code } = await run.outcome;
    expect(stderr).toBe(`lastgood: the console is at http://127.0.0.1:${port}\n`);
    expect(code).toBe(0);
  });
});

/** Writes the port to a file once the server listens. */
async function reporter(box: Awaited<ReturnType<typeof sandbox>>): Promise<string> {
  await box.write("report.cjs", `const net = require("node:net"); const { listen } = net.Server.prototype;
    net.Server.prototype.listen = function (...args) { this.once("listening", () => require("node:fs").writeFileSync(${JSON.stringify(box.path("port"))}, String(this.address().port))); return listen.apply(this, args); };`);
  return box.path("report.cjs");
}

/** `fetch` sets the header itself. */
function statusFor(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, headers: { host } }, (response) => resolve(response.resume().statusCode)).on("error", reject).end();
  });
}

describe("completion", () => {
  it("bash completes commands, options of a command and shells by the script", async () => {
    const box = await sandbox();
    const complete = (words: string): string => `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _lastgood; echo "\${COMPREPLY[@]}"`;
    await box.write("try.sh", `${String((await box.lastgood("completion", "bash")).stdout)}\n${["lastgood res", "lastgood cull --d", "lastgood completion z", "lastgood run --ttl ''"].map(complete).join("\n")}`);
    const { stdout, stderr } = await box.shell("bash try.sh");
    expect([String(stdout), stderr]).toEqual(["restore\n--dry-run\nzsh\n\n", ""]);
  });

  it.each(["bash", "zsh", "fish"])("the script for %s names every command and every option", async (shell) => {
    const script = String((await (await sandbox()).lastgood("completion", shell)).stdout);
    for (const { name, options } of COMMANDS) {
      expect(script).toContain(name);
      for (const option of options) expect(script).toContain(shell === "fish" ? `-l ${option}` : `--${option}`);
    }
  });
});

describe("the manual", () => {
  it("the manual has every command, every option and every exit code, and man reads it without a complaint", async () => {
    const page = (await readFile(new URL("../man/lastgood.1", import.meta.url), "utf8")).replaceAll("\\-", "-");
    for (const { name } of COMMANDS) expect(page).toMatch(new RegExp(`^\\.B.* "?lastgood ${name}\\b`, "m"));
    for (const option of Object.keys(OPTIONS)) expect(page).toMatch(new RegExp(`^\\.BI? --${option}( |$)`, "m"));
    for (const [codes] of EXIT_CODES) expect(page).toContain(`\n.B ${codes}\n`);
    const { stdout, stderr, code } = await (await sandbox()).shell(`MANWIDTH=80 man --warnings -l ${new URL("../man/lastgood.1", import.meta.url).pathname}`);
    expect([stderr, code]).toEqual(["", 0]);
    expect(String(stdout)).toContain("lastgood copy FROM TO");
  });
});

describe("progress", () => {
  it("progress is shown on a terminal after a second and taken away at the end, and never in a pipe", { timeout: 180_000 }, async () => {
    const box = await sandbox();
    const { place, open } = onDisk(box, "sqlite");
    await program(open(), async (datastore) => void (await Promise.all(Array.from({ length: 3_000 }, (_, index) => datastore.set(`key ${index}`, index)))));
    const [terminal, pipe] = [await box.shell(`script -qec "$(command -v node) ${MAIN} copy ${place} file:one" /dev/null`), await box.lastgood("copy", place, "file:two")];
    const shown = String(terminal.stdout).replaceAll("\r\u001B[K", "<ERASED>");
    expect(shown).toMatch(/<ERASED>copied [\d,]+ keys? of \S+, 0 were there/);
    expect(shown).toMatch(/<ERASED>copied 3,000 keys, 3,000 records of \S+\r\n$/);
    expect([String(pipe.stdout), pipe.stderr]).toEqual([expect.stringMatching(/^copied 3,000 keys, [^\n]+\n$/), ""]);
  });
});

const MAIN = new URL("../dist/main.js", import.meta.url).pathname;

it.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1.0K"],
  [10_188, "9.9K"],
  [10_240, "10K"],
  [1_023_487, "999K"],
  [1_048_576, "1.0M"],
  [5_368_709_120, "5.0G"],
])("a size of %d bytes is shown as %s", (bytes, shown) => {
  expect(showSize(bytes)).toBe(shown);
});

it("a set of numbers has what was added and nothing else, also after it has grown", () => {
  const numbers = new NumberSet();
  for (let number = 1; number < 100_000; number += 2) numbers.add(number * 4_099);
  for (let number = 1; number < 100_000; number++) expect(numbers.has(number * 4_099)).toBe(number % 2 === 1);
});
