import { mkdir, rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { sandbox } from "./support/sandbox.ts";

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
/** Prints `hello`, and records the call. */
const HELLO = "echo asked >> calls; echo hello";

describe("run", () => {
  it("run prints the output of the command, and says that it was loaded", async () => {
    const box = await sandbox();
    const { stdout, stderr, code } = await box.feed("echo hello");
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toBe("lastgood: feed: loaded now\n");
    expect(code).toBe(0);
  });

  it("run answers from the cache while the answer is fresh, and does not run the command", async () => {
    const box = await sandbox();
    await box.feed(HELLO);
    const { stdout, stderr, code } = await box.feed(HELLO);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: cache, [\d.]+s old\n$/);
    expect(code).toBe(0);
    expect(await box.read("calls")).toBe("asked\n");
  });

  it("run starts the command again once the answer has been expired", async () => {
    const box = await sandbox();
    await box.keep("echo old");
    expect(String((await box.feed("echo new")).stdout)).toBe("new\n");
  });

  it("run starts the command every time with a ttl of 0, and still stores a backup", async () => {
    const box = await sandbox();
    await box.feed(HELLO, "--ttl", "1d");
    await box.feed(HELLO, "--ttl", "0");
    await box.feed(HELLO, "--ttl", "0");
    expect(await box.read("calls")).toBe("asked\nasked\nasked\n");
    expect(String((await box.feed("exit 1", "--ttl", "0")).stdout)).toBe("hello\n");
  });

  it("run gives the command an empty standard input, since an answer must not depend on what was typed", async () => {
    const box = await sandbox();
    expect(String((await box.feed("cat; echo end")).stdout)).toBe("end\n");
  });

  it("run keeps every byte, from the command, from the cache and from the backup", async () => {
    const box = await sandbox();
    await box.write("bytes", ALL_BYTES);
    expect((await box.feed("cat bytes")).stdout).toEqual(ALL_BYTES);
    expect((await box.feed("exit 1")).stdout).toEqual(ALL_BYTES);
    await box.expire();
    expect((await box.feed("exit 1")).stdout).toEqual(ALL_BYTES);
  });

  it("run passes on the standard error of a command that succeeds", async () => {
    const box = await sandbox();
    expect((await box.feed("echo hello; echo careful >&2")).stderr).toBe("careful\nlastgood: feed: loaded now\n");
  });
});

describe("run, when the command fails", () => {
  it.each([
    ["exits with another code than 0", ["sh", "-c", "exit 22"], "command exited with 22"],
    ["is killed", ["sh", "-c", "kill -KILL $$"], "command was killed by SIGKILL"],
    ["is not there", ["./no-such-command"], "command not found: ./no-such-command"],
    ["cannot be executed", ["./directory"], "command is not executable: ./directory"],
    ["prints half of its output and fails", ["sh", "-c", "echo hel; exit 3"], "command exited with 3"],
    ["prints nothing", ["true"], "output was refused: it is empty (--allow-empty accepts that)"],
  ])("run answers from the backup when the command %s", async (_, command, why) => {
    const box = await sandbox();
    await mkdir(box.path("directory"));
    await box.keep("echo hello");
    const { stdout, stderr, code } = await box.lastgood("run", "--key", "feed", "--", ...command);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: backup, [\d.]+s old, stands in for 2m 30s: .+\n$/);
    expect(stderr).toContain(`: ${why}\n`);
    expect(code).toBe(0);
  });

  it("run answers from the backup when the command takes too long", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    const { stdout, stderr, code } = await box.feed("exec sleep 600", "--timeout", "500ms");
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/: took longer than 0\.5s \(--timeout\)\n$/);
    expect(code).toBe(0);
  });

  it("run shows the standard error of a failed command, as well as the backup", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    const { stderr } = await box.feed("echo oops >&2; exit 22");
    expect(stderr).toMatch(/^oops\nlastgood: feed: backup, .+: command exited with 22\n$/);
  });

  it("run does not start the command again while the backup stands in, and says so", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    await box.feed("exit 22");
    const { stdout, stderr } = await box.feed(HELLO);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: backup from the cache, [\d.]+s old\n$/);
    expect(await box.read("calls")).toBe("");
  });

  it("run lets the backup stand in for as long as --fallback-ttl says", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    expect((await box.feed("exit 1", "--ttl", "10m")).stderr).toContain(", stands in for 5m:");
    await box.expire();
    expect((await box.feed("exit 1", "--fallback-ttl", "90s")).stderr).toContain(", stands in for 1m 30s:");
  });

  it("run does not answer from a backup older than --max-stale", async () => {
    const box = await sandbox();
    await box.keep("echo hello");
    const { stdout, code } = await box.feed("exit 22", "--max-stale", "1ms");
    expect(String(stdout)).toBe("");
    expect(code).toBe(22);
  });

  it("run still answers from the backup when the cache has been deleted", async () => {
    const box = await sandbox();
    await box.feed("echo hello");
    await rm(box.path("cache"), { recursive: true });
    expect(String((await box.feed("exit 1")).stdout)).toBe("hello\n");
  });

  it("run answers with the newer output once the command succeeds again, and keeps doing so", async () => {
    const box = await sandbox();
    await box.keep("echo old");
    await box.keep("exit 1");
    expect(String((await box.feed("echo new")).stdout)).toBe("new\n");
    await box.expire();
    expect(String((await box.feed("exit 1")).stdout)).toBe("new\n");
  });
});

describe("run, when the command fails and nothing has been kept", () => {
  it("run passes on output, standard error and exit code of a command that fails without a backup", async () => {
    const box = await sandbox();
    const { stdout, stderr, code } = await box.feed("echo half; echo oops >&2; exit 125");
    expect(String(stdout)).toBe("half\n");
    expect(stderr).toBe("oops\nlastgood: feed: no backup to stand in: command exited with 125\n");
    expect(code).toBe(125);
  });

  it("run exits as a shell would for a command that was killed, cannot be executed or is not there", async () => {
    const box = await sandbox();
    await mkdir(box.path("directory"));
    expect((await box.feed("kill -TERM $$")).code).toBe(143);
    expect((await box.lastgood("run", "--", "./directory")).code).toBe(126);
    expect((await box.lastgood("run", "--", "./no-such-command")).code).toBe(127);
  });

  it("run exits with 124 for a command that took too long, and passes on what it had printed", async () => {
    const box = await sandbox();
    const { stdout, code } = await box.feed("echo half; exec sleep 600", "--timeout", "1s");
    expect(String(stdout)).toBe("half\n");
    expect(code).toBe(124);
  });

  it("run exits with 125 for an output that is refused, and does not show it", async () => {
    const box = await sandbox();
    const { stdout, stderr, code } = await box.feed("echo '<html>'", "--json");
    expect(String(stdout)).toBe("");
    expect(stderr).toBe("lastgood: feed: no backup to stand in: output was refused: it is not JSON (--json)\n");
    expect(code).toBe(125);
  });
});

describe("run, with an output that is not as expected", () => {
  it("run accepts an empty output with --allow-empty, and keeps it", async () => {
    const box = await sandbox();
    expect((await box.feed("true", "--allow-empty")).code).toBe(0);
    await box.expire();
    const { stdout, stderr, code } = await box.feed("exit 1", "--allow-empty");
    expect([String(stdout), code]).toEqual(["", 0]);
    expect(stderr).toContain("lastgood: feed: backup,");
  });

  it("run --json refuses output that is not JSON", async () => {
    const box = await sandbox();
    expect((await box.feed(`echo '{"a": [1]}'`, "--json")).code).toBe(0);
    await box.expire();
    expect(String((await box.feed(`echo '{"a": [1'`, "--json")).stdout)).toBe('{"a": [1]}\n');
  });

  it("run --json refuses output that is not UTF-8, since it would be read as other text", async () => {
    const box = await sandbox();
    const { stdout, stderr, code } = await box.feed(String.raw`printf '"caf\351"'`, "--json");
    expect([String(stdout), code]).toEqual(["", 125]);
    expect(stderr).toContain("output was refused: it is not JSON (--json)\n");
  });

  it("run --match takes linear time for every pattern", async () => {
    const box = await sandbox();
    const { stderr, code } = await box.feed("head -c 100000 /dev/zero | tr '\\0' a; echo b", "--match", "^(a+)+$", "--timeout", "20s");
    expect(stderr).toContain("output was refused: it does not match --match\n");
    expect(code).toBe(125);
  });

  it("run --match refuses output that does not match; . is any character, ^ and $ are the ends of the output", async () => {
    const box = await sandbox();
    const match = ["--match", String.raw`^<feed>.*</feed>\s*$`];
    expect((await box.feed("printf '<feed>\\n</feed>\\n'", ...match)).code).toBe(0);
    await box.expire();
    expect((await box.feed("printf '<feed>\\n</feed>\\n<p>'", ...match)).stderr).toContain("output was refused: it does not match --match\n");
  });

  it("run refuses output larger than --max-bytes, and stops the command", async () => {
    const box = await sandbox();
    const { stdout, stderr, code } = await box.feed("exec yes", "--max-bytes", "10k");
    expect(String(stdout)).toBe("");
    expect(stderr).toContain("output was refused: it has more than 10240 bytes (--max-bytes)");
    expect(code).toBe(125);
  });

  it("run accepts output of exactly --max-bytes", async () => {
    const box = await sandbox();
    expect((await box.feed("head -c 1024 /dev/zero", "--max-bytes", "1k")).stdout).toHaveLength(1024);
  });

  it("run does not answer from a backup that would be refused today", async () => {
    const box = await sandbox();
    await box.keep("echo no JSON");
    const { stdout, stderr, code } = await box.feed("exit 22", "--json");
    expect(String(stdout)).toBe("");
    expect(stderr).toContain("lastgood: feed: a backup cannot be used:");
    expect(code).toBe(22);
  });
});

describe("run: exit code and messages", () => {
  it("run exits with --stale-exit when a backup stands in, also from the cache, and else with 0", async () => {
    const box = await sandbox();
    const option = ["--stale-exit", "75"];
    expect((await box.feed("echo hello", ...option)).code).toBe(0);
    expect((await box.feed("echo hello", ...option)).code).toBe(0);
    await box.expire();
    expect((await box.feed("exit 1", ...option)).code).toBe(75);
    const repeated = await box.feed("exit 1", ...option);
    expect(repeated.stderr).toContain("backup from the cache");
    expect(repeated.code).toBe(75);
  });

  it("run --quiet says nothing while answers are fresh, and still reports a backup", async () => {
    const box = await sandbox();
    expect((await box.feed("echo hello", "--quiet")).stderr).toBe("");
    expect((await box.feed("echo hello", "--quiet")).stderr).toBe("");
    await box.expire();
    expect((await box.feed("exit 1", "--quiet")).stderr).toContain("lastgood: feed: backup,");
    expect((await box.feed("exit 1", "--quiet")).stderr).toContain("lastgood: feed: backup from the cache,");
  });

  it("run prints each message on one line, whatever the key", async () => {
    const box = await sandbox();
    const { stderr } = await box.lastgood("run", "--key", "a\nlastgood: b\u001b[31m\u2028", "--", "echo", "hello");
    expect(stderr).toBe("lastgood: a lastgood: b [31m : loaded now\n");
  });
});

describe("run: exit codes that come with an answer", () => {
  it("run counts the codes of --ok-exit as success, and stores them with the answer", async () => {
    const box = await sandbox();
    const option = ["--ok-exit", "0,1"];
    const loaded = await box.feed("echo differs; exit 1", ...option);
    expect([String(loaded.stdout), loaded.stderr, loaded.code]).toEqual(["differs\n", "lastgood: feed: loaded now\n", 1]);
    expect((await box.feed("exit 3", ...option)).code).toBe(1);
    await box.expire();
    const fallback = await box.feed("echo oops; exit 2", ...option);
    expect([String(fallback.stdout), fallback.code]).toEqual(["differs\n", 1]);
    expect((await box.feed("exit 2", ...option, "--stale-exit", "75")).code).toBe(75);
  });

  it("run counts 0 as a failure when --ok-exit leaves it out", async () => {
    const { stderr, code } = await (await sandbox()).feed("echo hello", "--ok-exit", "3");
    expect(stderr).toBe("lastgood: feed: no backup to stand in: command exited with 0\n");
    expect(code).toBe(0);
  });
});

describe("run: keys", () => {
  it("run refuses an argument that is not UTF-8, and accepts U+FFFD itself", async () => {
    const box = await sandbox();
    const outcomes = await box.shell(String.raw`
      lastgood run --key "$(printf 'k\351')" -- echo hello; echo $?
      lastgood run --key k -- cat "$(printf 'k\350')"; echo $?
      lastgood run --key "$(printf 'k\357\277\275')" -- echo hello`);
    expect(outcomes.stderr).toMatch(/^(lastgood: run: argument \d is not UTF-8: .*\n){2}lastgood: k\uFFFD: loaded now\n$/);
    expect(String(outcomes.stdout)).toBe("2\n2\nhello\n");
  });

  it("run has a different key for every command line, and shows none of its arguments", async () => {
    const box = await sandbox();
    const first = await box.lastgood("run", "--", "echo", "secret", "a");
    const second = await box.lastgood("run", "--", "echo", "secret a");
    expect(first.stderr).toMatch(/^lastgood: echo:[0-9a-f]{32}: loaded now\n$/);
    expect(second.stderr).toMatch(/^lastgood: echo:[0-9a-f]{32}: loaded now\n$/);
    expect((await box.lastgood("run", "--", "echo", "secret", "a")).stderr).toMatch(/: cache, /);
  });

  it("run has another key for the same command line in another directory", async () => {
    const box = await sandbox();
    await mkdir(box.path("a"));
    await mkdir(box.path("b"));
    const { stdout } = await box.shell("for place in a b; do (cd $place && lastgood run -- pwd -P); done");
    expect(String(stdout)).toMatch(/\/a\n.*\/b\n$/);
  });
});
