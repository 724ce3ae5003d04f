import { startService, until } from "@lastgood/services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redisCache } from "../src/index.ts";
import { libraries, type Service } from "./support/shapes.ts";

let service: Service;
let admin: Redis;
beforeAll(async () => {
  service = await startService("redis");
  admin = new Redis(service.url);
});
afterAll(async () => {
  admin.disconnect();
  await service.stop();
});

const ways = [
  { title: "a URL", reach: async () => ({ client: service.url, end: () => undefined }) },
  ...libraries.map(({ title, single }) => ({ title: `a client of ${title}`, reach: () => single(service) })),
];

describe.each(ways)("announcements through $title", ({ reach }) => {
  it("a listener is told of a gap when its subscription is lost, and when it is back, and then hears again", async () => {
    const { client, end } = await reach();
    const cache = redisCache(client);
    const heard: string[] = [];
    let gaps = 0;
    const listening = cache.listen?.({ heard: (message) => void heard.push(Buffer.from(message).toString()), gap: () => void gaps++ });
    await listening?.confirm();
    const before = gaps;
    await admin.call("CLIENT", "KILL", "TYPE", "pubsub");
    await until(async () => expect(gaps).toBeGreaterThanOrEqual(before + 2));
    await listening?.confirm();
    await cache.announce?.(Buffer.from("after"));
    await listening?.confirm();
    expect(heard).toEqual(["after"]);
    await listening?.stop();
    await cache.close?.();
    end();
  });
});
