import { randomUUID } from "node:crypto";
import { testCacheAdapter } from "@lastgood/adapter-tests";
import { startService } from "@lastgood/services";
import { afterAll, beforeAll, describe, it } from "vitest";
import { redisCache } from "../src/index.ts";
import { type Service, shapes } from "./support/shapes.ts";

describe.each([...new Set(shapes.map(({ variant }) => variant))])("redis-server, %s", (variant) => {
  let service: Service;
  beforeAll(async () => {
    service = await startService("redis", variant);
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
