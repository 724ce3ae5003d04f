import { fileURLToPath } from "node:url";
import { runScript, startProxy, startService } from "@lastgood/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sentinelOptions, type Service } from "./support/shapes.ts";

const directory = fileURLToPath(new URL("..", import.meta.url));

/** A program that uses a cache through a datastore, and closes nothing. `redis` is the code of its first argument. */
const script = (redis: string, body: string) => `
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { redisCache } from "@lastgood/cache-redis";

const datastore = new Datastore({ cache: redisCache(${redis}), backup: memoryBackup() });
const ask = async () => (await datastore.getResult("key", () => "value")).source;
const untilAnsweredFromCache = async () => { while ((await ask()) !== "cache") await pause(20); };
${body}
console.log("done");
`;

const run = (redis: string, body: string, options: { patience?: number; onOutput?: (output: string) => unknown } = {}) =>
  runScript(script(redis, body), { directory, ...options });

const GETS = "console.log(await ask(), await ask());";
const tlsCode = ({ first, dir, secret }: Service) =>
  `{ host: "${first.host}", port: ${first.port}, password: "${secret}", tls: { ca: readFileSync("${dir}/ca.pem") } }`;

describe("a program that closes nothing ends by itself", () => {
  it.each<readonly [string, string, (service: Service) => string]>([
    ["a URL", "single", ({ url }) => JSON.stringify(url)],
    ["a host name", "single", ({ first }) => `{ host: "localhost", port: ${first.port} }`],
    ["TLS", "tls", tlsCode],
    ["a Cluster", "cluster", ({ url }) => JSON.stringify(url)],
    ["Sentinels", "sentinel", (service) => JSON.stringify(sentinelOptions(service))],
  ])("a program that closes nothing ends after its gets, with %s", async (_, variant, redis) => {
    const service = await startService("redis", variant);
    try {
      expect(await run(redis(service), GETS)).toEqual({ code: 0, output: "loader cache\ndone\n" });
    } finally {
      await service.stop();
    }
  });

  it.each([
    ["a URL", '"redis://127.0.0.1:1"'],
    ["TLS", '"rediss://127.0.0.1:1"'],
    ["a Cluster", '"redis://127.0.0.1:1,127.0.0.1:2"'],
    ["Sentinels", '{ name: "lastgood", sentinels: [{ host: "127.0.0.1", port: 1 }, { host: "127.0.0.1", port: 2 }] }'],
    ["a retryStrategy and a queue of the user's", '{ port: 1, enableOfflineQueue: true, retryStrategy: () => 5, sentinelRetryStrategy: () => 5 }'],
  ])("a program that closes nothing ends while nobody listens, with %s", async (_, redis) => {
    // The second pause leaves time for reconnection attempts.
    const ended = await run(redis, `${GETS} await pause(500); ${GETS}`);
    expect(ended).toEqual({ code: 0, output: "loader cache\ncache cache\ndone\n" });
  });

  describe("whatever the server did before", () => {
    let service: Service;
    let proxy: Awaited<ReturnType<typeof startProxy>>;
    beforeAll(async () => {
      service = await startService("redis");
      proxy = await startProxy(service.first.port);
    });
    afterAll(async () => {
      await proxy.close();
      await service.stop();
    });
    const byProxy = () => `"redis://${proxy.host}:${proxy.port}"`;

    it("a program that closes nothing ends after its connection was cut and made again", async () => {
      let cut = false;
      const onOutput = (output: string): void => {
        if (cut || !output.includes("warm")) return;
        cut = true;
        proxy.cut();
      };
      const body = 'await untilAnsweredFromCache(); console.log("warm"); await pause(500); await untilAnsweredFromCache();';
      expect(await run(byProxy(), body, { onOutput })).toEqual({ code: 0, output: "warm\ndone\n" });
      expect(cut).toBe(true);
    });

    it.each([
      ["before it was connected", () => proxy.stall(), "await ask();"],
      ["in the middle of a get", () => undefined, 'await untilAnsweredFromCache(); console.log("warm"); await pause(500); await ask();'],
    ])("a program that closes nothing ends while the server is silent, since %s", async (_, before, body) => {
      before();
      const onOutput = (output: string): void => {
        if (output.includes("warm")) proxy.stall();
      };
      try {
        const ended = await run(byProxy(), body, { patience: 1_500, onOutput });
        expect(ended).toMatchObject({ code: 0, output: expect.stringMatching(/done\n$/) });
      } finally {
        proxy.flow();
      }
    });
  });
});
