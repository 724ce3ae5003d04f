import { fileURLToPath } from "node:url";
import { runScript, startProxy, startService } from "@lastgood/services";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { PostgresServer, urlWith } from "./support/store.ts";

const directory = fileURLToPath(new URL("..", import.meta.url));

/** A program that opens a backup, uses it by a datastore, and closes nothing. `pool` is the code for its first argument. */
const script = (pool: string, body: string) => `
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Datastore } from "@lastgood/core";
import { postgresBackup } from "@lastgood/backup-postgres";

const cache = { name: "none", stores: "values", get: () => undefined, set: () => undefined, delete: () => undefined };
const datastore = new Datastore({ cache, backup: postgresBackup(${pool}), backupWait: 1_000, backupTimeout: 1_000 });
datastore.on("backupFailed", () => undefined);
const load = async () => (await datastore.getResult("key", () => "value")).source;
const fall = async () => (await datastore.getResult("key", () => { throw new Error("down"); })).source;
${body}
console.log("done");
`;

const run = (pool: string, body: string, options: { patience?: number; onOutput?: (output: string) => unknown } = {}) =>
  runScript(script(pool, body), { directory, ...options });

describe("a program that closes nothing ends by itself", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server.stop());

  const GETS = "console.log(await load(), await fall());";

  it("after gets that were answered, with a URL", async () => {
    expect(await run(JSON.stringify(server.service.url), GETS)).toEqual({ code: 0, output: "loader backup\ndone\n" });
  });

  it("after gets that were answered, with a host name", async () => {
    const { host, port } = server.server;
    expect(host).toBe("127.0.0.1");
    const code = `{ host: "localhost", port: ${port}, user: "lastgood", password: "${server.service.secret}", database: "postgres" }`;
    expect(await run(code, GETS)).toEqual({ code: 0, output: "loader backup\ndone\n" });
  });

  it("after gets that were answered, with TLS", async () => {
    const service = await startService("postgres", "tls");
    onTestFinished(() => service.stop());
    const { host, port } = service.first;
    const code = `{ host: "${host}", port: ${port}, user: "lastgood", password: "${service.secret}", database: "postgres", ssl: { ca: readFileSync("${service.dir}/data/server.crt") } }`;
    expect(await run(code, GETS)).toEqual({ code: 0, output: "loader backup\ndone\n" });
  });

  it.each([
    ["nobody listens", '"postgres://127.0.0.1:1/app"'],
    ["no packet comes back", '"postgres://192.0.2.1/app"'],
  ])("while %s", async (_, pool) => {
    expect(await run(pool, "console.log(await load());")).toMatchObject({ code: 0, output: expect.stringMatching(/^loader\n[^]*done\n/) });
  });

  it.each([
    ["before it was connected", true, ""],
    ["in the middle of a write", false, 'await load(); console.log("warm"); await pause(500);'],
  ])("while the server is silent, since %s", async (_, atFirst, warmUp) => {
    const proxy = await startProxy(server.server.port);
    onTestFinished(async () => {
      proxy.flow();
      await proxy.close();
    });
    if (atFirst) proxy.stall();
    const onOutput = (output: string): void => {
      if (output.includes("warm")) proxy.stall();
    };
    const url = urlWith(server.service.url, { port: String(proxy.port) });
    const ended = await run(JSON.stringify(url), `${warmUp} console.log(await load());`, { patience: 3_000, onOutput });
    expect(ended).toMatchObject({ code: 0, output: expect.stringMatching(/loader\n[^]*done\n/) });
  });
});
