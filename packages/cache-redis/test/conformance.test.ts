import { randomUUID } from "node:crypto";
import { testCacheAdapter } from "@lastgood/adapter-tests";
import { startService } from "@lastgood/services";
import { afterAll, beforeAll, describe, it } from "vitest";
import { redisCache } from "../src/index.ts";
import { type Service, shapes } from "./support/shapes.ts";

describe.each([
  ["redis", "single"],
  ["redis", "tls"],
  ["redis", "cluster"],
  ["redis", "sentinel"],
  ["valkey", "single"],
  ["valkey", "cluster"],
])("%s-server, %s", (server, variant) => {
  let service: Service;
  beforeAll(async () => {
    service = await startService(server, variant);
  });
  afterAll(() => service.stop());

  describe.each(shapes.filter((shape) => shape.variant === variant))("$title", ({ reach }) => {
    testCacheAdapter({ describe, it }, () => {
      const prefix = `${randomUUID()}:`;
      const reached: { close(): unknown }[] = [];
      return {
        open: async () => {
          const { redis, close } = await reach(service);
          reached.push({ close });
          return redisCache(redis, { prefix });
        },
        destroy: () => {
          for (const { close } of reached) close();
        },
      };
    });
  });
});
