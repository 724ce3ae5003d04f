import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hosts, testIn } from "../hosts/hosts.mjs";
import { root } from "../lib/run.mjs";

/** The matrix runs the app in every host; these differ most from a program that is started by itself. */
const QUICK = new Set(["jest-esm", "vitest-vmThreads", "node-vm"]);

let place: string;
let modules: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "lastgood-hosts-"));
  modules = join(place, "node_modules");
  await mkdir(join(modules, "@lastgood"), { recursive: true });
  for (const name of ["core", "cache-memory", "backup-fs"]) await symlink(join(root, "packages", name), join(modules, "@lastgood", name));
});
afterAll(() => rm(place, { recursive: true }));

it.each(hosts.filter(({ id }) => QUICK.has(id)).map((host) => [host.title, host] as const))(
  "an app with lastgood passes its own tests in %s",
  async (_, host) => {
    const { assertionResults, message } = await testIn(host, place, modules);
    expect(assertionResults.length, message).toBeGreaterThan(20);
    const failed = assertionResults.filter(({ status }) => status !== "passed");
    expect(failed.map(({ title }) => title), message).toEqual([]);
  },
  300_000,
);

it("a host that does not get as far as the tests is no host in which they pass", async () => {
  const broken = { id: "broken", title: "a broken host", type: "module", command: () => ["-e", "throw new Error('out of order')"] } as const;
  const result = await testIn(broken, place, modules);
  expect(result).toMatchObject({ name: "hosts/broken", assertionResults: [], message: expect.stringContaining("out of order") });
});
