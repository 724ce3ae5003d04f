import { randomUUID } from "node:crypto";
import { testCacheAdapter } from "@lastgood/adapter-tests";
import { startService } from "@lastgood/services";
import { Client } from "memjs";
import { afterAll, beforeAll, describe, it } from "vitest";
import { memcachedCache } from "../src/index.ts";

describe.each(["single", "three", "sasl"])("memcached, %s", (variant) => {
  let service: Awaited<ReturnType<typeof startService>>;
  beforeAll(async () => {
    service = await startService("memcached", variant);
  });
  afterAll(() => service.stop());

  describe("a list of servers", () => {
    testCacheAdapter({ describe, it }, () => {
      const prefix = `${randomUUID()}:`;
      return { open: () => memcachedCache(service.url, { prefix }), destroy: () => undefined };
    });
  });

  describe("a client of memjs", () => {
    testCacheAdapter({ describe, it }, () => {
      const prefix = `${randomUUID()}:`;
      const client = Client.create(service.url.replace("memcached://", ""));
      return { open: () => memcachedCache(client, { prefix }), destroy: () => client.close() };
    });
  });
});
