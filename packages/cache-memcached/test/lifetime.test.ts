import { fileURLToPath } from "node:url";
import { runScript, startProxy, startService } from "@lastgood/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const directory = fileURLToPath(new URL("..", import.meta.url));

/** A program that uses a cache through a datastore, and closes nothing. */
const script = (servers: string, body: string) => `
import { setTimeout as pause } from "node:timers/promises";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { memcachedCache } from "@lastgood/cache-memcached";

const datastore = new Datastore({ cache: memcachedCache(${JSON.stringify(servers)}), backup: memoryBackup() });
const ask = async () => (await datastore.getResult("key", () => "value")).source;
const untilAnsweredFromCache = async () => { while ((await ask()) !== "cache") await pause(20); };
${body}
console.log("done");
`;

const run = (servers: string, body: string, onOutput?: (output: string) => unknown) =>
  runScript(script(servers, body), { directory, ...(onOutput && { onOutput }) });

const GETS = "console.log(await ask(), await ask());";

describe("a program that closes nothing ends by itself", () => {
  let service: Awaited<ReturnType<typeof startService>>;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  beforeAll(async () => {
    service = await startService("memcached");
    proxy = await startProxy(service.first.port);
  });
  afterAll(async () => {
    await proxy.close();
    await service.stop();
  });

  it.each(["127.0.0.1", "localhost"])("a program that closes nothing ends after its gets from %s", async (host) => {
    const ended = await run(`${host}:${service.first.port}`, 'await datastore.expire("key");' + GETS);
    expect(ended).toEqual({ code: 0, output: "loader cache\ndone\n" });
  });

  it("a program that closes nothing ends after its gets from a server with a password", async () => {
    const sasl = await startService("memcached", "sasl");
    expect(await run(sasl.url, GETS)).toEqual({ code: 0, output: "loader cache\ndone\n" });
    await sasl.stop();
  });

  it("a program that closes nothing ends while nobody listens", async () => {
    const ended = await run("127.0.0.1:1,127.0.0.1:2", `${GETS} await pause(600); ${GETS}`);
    expect(ended).toEqual({ code: 0, output: "loader cache\ncache cache\ndone\n" });
  });

  it("a program that closes nothing ends after its connection was cut and made again", async () => {
    let cut = false;
    const ended = await run(`${proxy.host}:${proxy.port}`, 'await untilAnsweredFromCache(); console.log("warm"); await pause(500); await untilAnsweredFromCache();', (output) => {
      if (!cut && output.includes("warm")) proxy.cut();
      cut ||= output.includes("warm");
    });
    expect(ended).toEqual({ code: 0, output: "warm\ndone\n" });
  });

  it.each(["await ask();", 'await untilAnsweredFromCache(); console.log("warm"); await pause(500); await ask();'])("a program that closes nothing ends while the server is silent: %s", async (body) => {
    const onOutput = (output: string): void => {
      if (output.includes("warm")) proxy.stall();
    };
    if (!body.includes("warm")) proxy.stall();
    try {
      expect(await run(`${proxy.host}:${proxy.port}`, body, onOutput)).toMatchObject({ code: 0, output: expect.stringMatching(/done\n$/) });
    } finally {
      proxy.flow();
    }
  });
});
