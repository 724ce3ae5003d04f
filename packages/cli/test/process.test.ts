import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { sandbox, until } from "./support/sandbox.ts";

/** Whether a process is running. A zombie counts as ended. */
async function isRunning(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

async function ended(pid: string): Promise<true> {
  return await until(async () => ((await isRunning(pid)) ? undefined : true));
}

const IGNORE = 'trap "" TERM';
const WAIT = "while :; do sleep 1; done";

it("a command that takes too long is stopped with all its descendants, even if they ignore SIGTERM", async () => {
  const box = await sandbox();
  const { code } = await box.feed(
    `sleep 600 & echo $! > polite; sh -c '${IGNORE}; echo $$ > stubborn; ${WAIT}' > /dev/null & wait`,
    ...["--timeout", "1s"],
  );
  expect(code).toBe(124);
  await ended((await box.read("polite")).trim());
  await ended((await box.read("stubborn")).trim());
});

it("a run ends when its command exits, with all of its output, and leaves its descendants running", async () => {
  const box = await sandbox();
  const daemon = "(trap 'echo stopped > trace' TERM; while :; do sleep 0.1; echo late; done) 2> /dev/null & echo $! > daemon";
  const script = `${daemon}; head -c 3000000 /dev/zero; printf end`;
  const { stdout, stderr, code } = await box.feed(script, "--timeout", "20s");
  expect(stderr).toBe("lastgood: feed: loaded now\n");
  expect(code).toBe(0);
  // How often the descendant has written by then depends on how busy the machine is.
  const output = String(stdout).replaceAll("late\n", "");
  expect(output.replaceAll("\0", "")).toBe("end");
  expect(output.length).toBe(3_000_003);
  expect(stdout.length).toBeLessThan(3_000_100);
  expect(await box.read("trace")).toBe("");
});

it("a silent descendant of a command is left running, whether the command succeeds or fails", async () => {
  const box = await sandbox();
  for (const exit of [0, 22]) {
    expect((await box.feed(`sleep 600 2> /dev/null & echo $! > daemon; echo answer; exit ${exit}`, "--ttl", "0")).code).toBe(0);
    const pid = (await box.read("daemon")).trim();
    expect(await isRunning(pid)).toBe(true);
    process.kill(Number(pid));
  }
});

it("a command that ignores SIGTERM is killed", async () => {
  const box = await sandbox();
  expect((await box.feed(`${IGNORE}; echo $$ > stubborn; ${WAIT}`, "--timeout", "1s")).code).toBe(124);
  await ended((await box.read("stubborn")).trim());
});

it("a command that takes too long may clean up before it is killed", async () => {
  const box = await sandbox();
  await box.feed(`trap 'echo cleaned > trace; exit' TERM; sleep 600 & wait`, "--timeout", "1s");
  expect(await box.read("trace")).toBe("cleaned\n");
});

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s stops the command, and lastgood ends by the same signal", async (signal) => {
  const box = await sandbox();
  await box.keep("echo hello");
  const run = box.start(["run", "--key", "feed", "--", "sh", "-c", "echo $$ > pid; exec sleep 600"]);
  const pid = await until(async () => (await box.read("pid")).trim() || undefined);
  run.kill(signal);
  const outcome = await run.outcome;
  expect(outcome.signal).toBe(signal);
  expect(String(outcome.stdout)).toBe(""); // no backup: the user wanted to stop
  await ended(pid);
});

it("a reader that closes the pipe early is not reported", async () => {
  const box = await sandbox();
  const { stdout, stderr } = await box.shell("lastgood run --quiet --key feed -- seq 1000000 | head -n 1");
  expect(String(stdout)).toBe("1\n");
  expect(stderr).toBe("");
  const kept = await box.shell("lastgood peek feed | tail -n 1");
  expect(String(kept.stdout)).toBe("1000000\n");
});

it("lastgood exits with 125 when its output cannot be written", async () => {
  const box = await sandbox();
  const { stderr, code } = await box.shell("lastgood run --key feed -- echo hello > /dev/full");
  expect(stderr).toMatch(/^lastgood: standard output cannot be written: ENOSPC/);
  expect(code).toBe(125);
});

it("a large output is written completely before lastgood exits, from the command, the cache and the backup", async () => {
  const box = await sandbox();
  const count = "| (sleep 0.2; wc -c)"; // a slow reader lets the pipe fill up
  const { stdout } = await box.shell(`
    lastgood run --key feed -- head -c 20000000 /dev/urandom ${count}
    lastgood run --key feed -- false ${count}
    lastgood expire feed
    lastgood run --key feed -- false ${count}`);
  expect(String(stdout).split(/\s+/).filter(Boolean)).toEqual(["20000000", "20000000", "20000000"]);
});

it.each(["file:backups", "sqlite:backups.db"])("many runs at once can create the same new stores (%s)", async (backup) => {
  const box = await sandbox();
  const args = ["run", "--key", "feed", "--backup", backup, "--", "echo", "hello"];
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => box.lastgood(...args)));
  for (const { stdout, stderr, code } of outcomes) {
    expect(stderr).toMatch(/^lastgood: feed: (loaded now|cache, .* old)\n$/);
    expect(String(stdout)).toBe("hello\n");
    expect(code).toBe(0);
  }
});
