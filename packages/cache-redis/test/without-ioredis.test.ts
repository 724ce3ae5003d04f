import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runScript, startService } from "@lastgood/services";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

const own = fileURLToPath(new URL("..", import.meta.url));
const NOT_INSTALLED =
  "redisCache: a URL, or options, need ioredis, which is not installed; run npm install ioredis, or pass a client that you have connected";

/** A program's folder, in which this package is installed and ioredis is not. */
let directory: string;
beforeAll(async () => {
  // The package manager that started this test names a folder here that has every package of the workspace.
  vi.stubEnv("NODE_PATH", undefined);
  directory = await mkdtemp(join(tmpdir(), "lastgood-without-ioredis-"));
  const modules = join(directory, "node_modules");
  const installed = join(modules, "@lastgood/cache-redis");
  await mkdir(installed, { recursive: true });
  for (const part of ["dist", "package.json"]) await cp(join(own, part), join(installed, part), { recursive: true });
  for (const name of ["@lastgood/core", "redis"]) await symlink(await realpath(join(own, "node_modules", name)), join(modules, name));
  await writeFile(join(directory, "package.json"), '{ "type": "module" }');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const REPORT = "const told = (call) => { try { call(); return 'nothing'; } catch (error) { return error.message; } };";

it("without ioredis, a URL and options are refused at once, in one line that says what to do", async () => {
  const script = `import { redisCache } from "@lastgood/cache-redis"; ${REPORT}
    for (const redis of ["redis://localhost", new URL("rediss://a,b"), { port: 1 }]) console.log(told(() => redisCache(redis)));`;
  expect(await runScript(script, { directory })).toEqual({ code: 0, output: `${NOT_INSTALLED}\n`.repeat(3) });
});

it("without ioredis, a wrong argument is refused for what is wrong with it", async () => {
  const script = `import { redisCache } from "@lastgood/cache-redis"; ${REPORT}
    console.log(told(() => redisCache("redis://localhost/cache")));`;
  expect((await runScript(script, { directory })).output).toContain("the path of the URL must be");
});

it("without ioredis, a client of another library works, and the program ends once that client is closed", async () => {
  const service = await startService("redis");
  const script = `import { createClient } from "redis"; import { redisCache } from "@lastgood/cache-redis";
    const client = await createClient({ url: "${service.url}" }).connect();
    const cache = redisCache(client);
    await cache.set("id", Buffer.from("value"), 60_000);
    console.log(String(await cache.get("id")));
    client.destroy();`;
  expect(await runScript(script, { directory })).toEqual({ code: 0, output: "value\n" });
  await service.stop();
});
