import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Sandbox, sandbox } from "./support/sandbox.ts";
import { database, onDisk, program } from "./support/stores.ts";

/** Every command that looks at a store that should be there, or changes what is in it. */
const COMMANDS: readonly (readonly string[])[] = [
  ["status"],
  ["ls"],
  ["show", "key"],
  ["peek", "key"],
  ["restore", "key"],
  ["expire", "key"],
  ["delete", "key"],
  ["verify"],
  ["cull"],
  ["cull", "--dry-run"],
  ["console", "--listen", "0"],
];

interface BadStore {
  readonly title: string;
  /** What is said in the one line. */
  readonly says: RegExp;
  readonly code: number;
  /** Makes it in the sandbox, and answers with its place. */
  readonly make: (box: Sandbox) => Promise<string>;
}

const BAD: readonly BadStore[] = [
  { title: "a missing file", says: /there are no backups at sqlite:\S+\/nope\.db$/, code: 1, make: async () => "sqlite:nope.db" },
  { title: "a missing directory", says: /there are no backups at file:\S+\/nope$/, code: 1, make: async () => "file:nope" },
  { title: "an empty file", says: /there are no backups at sqlite:\S+\/store$/, code: 1, make: async (box) => (await box.write("store", ""), "sqlite:store") },
  { title: "a file that is no database", says: /is damaged, or no SQLite database/, code: 125, make: async (box) => (await box.write("store", "dear diary, ".repeat(1_000)), "sqlite:store") },
  { title: "the database of another program", says: /is the database of another program: it is left alone/, code: 125, make: async (box) => (another(box), "sqlite:store") },
  { title: "a database of a newer format", says: /has format 99, this release knows 2: update/, code: 125, make: async (box) => (await newer(box), "sqlite:store") },
  { title: "a directory in place of a file", says: /is a directory: write file:\S+ for backups in files$/, code: 125, make: async (box) => (await mkdir(box.path("store")), "sqlite:store") },
  { title: "a file in place of a directory", says: /is a file: write sqlite:\S+ for backups in SQLite$/, code: 125, make: async (box) => (await box.write("store", "x"), "file:store") },
  { title: "a directory of another program", says: /has files of another program, and no backups$/, code: 125, make: async (box) => (await mkdir(box.path("store")), await box.write("store/a.txt", "x"), "file:store") },
  { title: "a server that does not answer", says: /ECONNREFUSED/, code: 125, make: async () => "postgres://me:secret@127.0.0.1:1/app" },
  { title: "a bucket that does not answer", says: /ECONNREFUSED/, code: 125, make: async () => "s3://bucket/prefix?endpoint=http://127.0.0.1:1&region=eu-west-1" },
];

function another(box: Sandbox): void {
  change(box.path("store"), "CREATE TABLE letters (text)");
}

async function newer(box: Sandbox): Promise<void> {
  await program(onDisk(box, "sqlite").open(), (datastore) => datastore.set("key", 1));
  change(box.path("store"), "PRAGMA user_version = 99");
}

function change(file: string, statement: string): void {
  const opened = database(file);
  opened.exec(statement);
  opened.close();
}

describe.each(BAD)("$title", ({ title, says, code, make }) => {
  it(`every command on ${title} says so in one line, exits with ${code}, and changes nothing`, { timeout: 180_000 }, async () => {
    const box = await sandbox();
    const place = await make(box);
    const before = await stateOf(box.directory);
    for (const [name = "", ...args] of COMMANDS) {
      const outcome = await box.start([name, "--backup", place, ...args], CREDENTIALS).outcome;
      expect([name, outcome.stderr.split("\n").length, outcome.code]).toEqual([name, 2, code]);
      expect(outcome.stderr.trimEnd()).toMatch(says);
      expect(outcome.stderr).toMatch(/^lastgood: /);
      expect(outcome.stderr).not.toContain("secret");
      expect([name, String(outcome.stdout)]).toEqual([name, ""]);
    }
    const copied = await box.start(["copy", place, "file:copied"], CREDENTIALS).outcome;
    expect([copied.stderr.split("\n").length, copied.code]).toEqual([2, code]);
    const examined = await box.start(["doctor", "--json", "--backup", place], CREDENTIALS).outcome;
    expect([examined.stderr, examined.code]).toEqual(["", 1]);
    expect(JSON.parse(String(examined.stdout)).filter(({ status }: { readonly status: string }) => status === "problem")).toHaveLength(1);
    expect(await stateOf(box.directory)).toEqual(before);
  });
});

const CREDENTIALS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

it("a file that another process has locked costs each command one line, and 125", { timeout: 120_000 }, async () => {
  const box = await sandbox();
  await program(onDisk(box, "sqlite").open(), (datastore) => datastore.set("key", 1));
  const holder = database(box.path("store"));
  holder.exec("BEGIN EXCLUSIVE");
  onTestFinished(() => holder.close());
  for (const [name = "", ...args] of [["ls"], ["show", "key"], ["verify"], ["restore", "key"], ["status"]]) {
    const { stdout, stderr, code } = await box.lastgood(name, "--backup", `sqlite:${box.path("store")}?busyTimeout=100`, ...args);
    expect(stderr).toMatch(/^lastgood: .*has been locked by another process for over 100 ms.*\n$/);
    expect([String(stdout), code]).toEqual(["", 125]);
  }
});

it("a directory that this user may not read costs each command one line, and 125", async () => {
  const box = await sandbox();
  await chmod(box.directory, 0o755);
  await program(onDisk(box, "file").open(), (datastore) => datastore.set("key", 1));
  for (const command of ["ls", "verify"]) {
    const { stdout, stderr, code } = await box.homeless(command, "--backup", `file:${box.path("store")}`);
    expect(stderr).toMatch(/^lastgood: .*EACCES.*\n$/);
    expect([String(stdout), code]).toEqual(["", 125]);
  }
});

/** Every file below a directory, with what is in it. */
async function stateOf(directory: string): Promise<readonly string[]> {
  const names = (await readdir(directory, { recursive: true })).sort();
  return Promise.all(names.map(async (name) => `${name} ${await digestOf(join(directory, name))}`));
}

async function digestOf(path: string): Promise<string> {
  if ((await stat(path)).isDirectory()) return "a directory";
  return createHash("sha256").update(await readFile(path)).digest("hex");
}
