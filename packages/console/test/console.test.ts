import { createHash } from "node:crypto";
import type { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { describe, expect, it } from "vitest";
import { consoleHandler, type ConsoleOptions, healthResponse } from "../src/index.ts";
import { inOutage, MINUTE, setUp } from "./support.ts";

const ORIGIN = "http://console.test";

type Handler = ReturnType<typeof consoleHandler>;

async function get<T = Record<string, unknown>>(handler: Handler, path: string): Promise<T> {
  return (await (await handler(new Request(ORIGIN + path))).json()) as T; // as the test goes on to look at
}

async function record<T = Record<string, unknown>>(handler: Handler, ref: unknown): Promise<T> {
  return (await (await handler(new Request(`${ORIGIN}/api/record`, { method: "POST", body: JSON.stringify({ ref }) }))).json()) as T; // as above
}

async function tokenOf(handler: Handler): Promise<string> {
  const page = await (await handler(new Request(`${ORIGIN}/`))).text();
  return /data-token="([^"]*)"/.exec(page)?.[1] ?? "";
}

function order(token: string, body: object, headers: Record<string, string> = {}): Request {
  const own = { "content-type": "application/vnd.lastgood+json", "x-lastgood-token": token, origin: ORIGIN, "sec-fetch-site": "same-origin" };
  const all = Object.entries({ ...own, ...headers }).filter(([, value]) => value !== "");
  return new Request(`${ORIGIN}/api/action`, { method: "POST", headers: all, body: JSON.stringify(body) });
}

describe("the page", () => {
  it("the page and every other answer has a strict policy, and the hashes in it are those of the page's script and style", async () => {
    const handler = consoleHandler(setUp().datastore);
    for (const path of ["/", "/health", "/api/state", "/nothing"]) {
      const { headers } = await handler(new Request(ORIGIN + path));
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'self';/);
      expect(policy).not.toContain("unsafe");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
    }
    const page = await handler(new Request(`${ORIGIN}/`));
    const policy = page.headers.get("content-security-policy");
    const text = await page.text();
    for (const tag of ["script", "style"]) {
      const [, content = ""] = new RegExp(`<${tag}>(.*?)</${tag}>`, "s").exec(text) ?? [];
      expect(policy).toContain(`${tag}-src 'sha256-${createHash("sha256").update(content).digest("base64")}'`);
    }
    expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  it("the name of the datastore is text in the page, whatever it is", async () => {
    const handler = consoleHandler(setUp({ name: '</title><script>alert(1)</script>"' }).datastore);
    const page = await (await handler(new Request(`${ORIGIN}/`))).text();
    expect(page).toContain("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;");
    expect(page.match(/<script>/g)).toHaveLength(1);
  });

  it("without actions the page has no token", async () => {
    expect(await tokenOf(consoleHandler(setUp().datastore))).toBe("");
    expect(await tokenOf(consoleHandler(setUp().datastore, { actions: true }))).toMatch(/^[\w-]{43}$/);
  });

  it("a path that does not exist is not found, and HEAD is answered", async () => {
    const handler = consoleHandler(setUp().datastore);
    expect((await handler(new Request(`${ORIGIN}/etc/passwd`))).status).toBe(404);
    expect((await handler(new Request(`${ORIGIN}/`, { method: "HEAD" }))).status).toBe(200);
  });

  it("a handler with a path answers below it, with and without a slash at its end, and nowhere else", async () => {
    const handler = consoleHandler(setUp().datastore, { path: "/admin/lastgood" });
    for (const path of ["/admin/lastgood", "/admin/lastgood/", "/admin/lastgood/api/state", "/admin/lastgood/health"]) {
      expect((await handler(new Request(ORIGIN + path))).status, path).toBe(200);
    }
    expect((await handler(new Request(`${ORIGIN}/`))).status).toBe(404);
  });
});

describe("the state", () => {
  it("the state has what is served from backup: since when, why with its causes, how old, and when it is tried again", async () => {
    const setting = setUp();
    const handler = consoleHandler(setting.datastore);
    await inOutage(setting, ["eur", "usd"]);
    const now = setting.clock.now();
    expect(await get(handler, "/api/state")).toMatchObject({
      fallback: {
        total: 2,
        oldestAge: 2 * MINUTE,
        items: [
          { key: "eur", since: now, failures: 1, age: 2 * MINUTE, until: now + 5 * MINUTE, error: { name: "TypeError", message: "fetch failed", cause: { code: "ECONNREFUSED" } } },
          { key: "usd" },
        ],
      },
      stores: [
        { role: "cache", state: "ok" },
        { role: "backup", state: "ok" },
      ],
      pendingWrites: 0,
    });
  });

  it("the state is filtered and paged, and an offset that is none is the first page", async () => {
    const setting = setUp();
    const handler = consoleHandler(setting.datastore);
    await inOutage(setting, Array.from({ length: 120 }, (_, index) => `key:${index}`));
    const page = async (query: string): Promise<unknown[]> => {
      const { fallback } = await get<{ fallback: { matching: number; offset: number; items: unknown[] } }>(handler, `/api/state?${query}`);
      return [fallback.matching, fallback.offset, fallback.items.length];
    };
    expect(await page("")).toEqual([120, 0, 50]);
    expect(await page("offset=100")).toEqual([120, 100, 20]);
    expect(await page("q=KEY:1")).toEqual([31, 0, 31]);
    for (const odd of ["offset=-5", "offset=1e99", "offset=NaN", "offset=999", "offset=1.5"]) expect(await page(odd)).toEqual([120, 0, 50]);
  });

  it("the last hour counts hits, loads, failures, fallbacks and the time of loads, by minute", async () => {
    const setting = setUp();
    const handler = consoleHandler(setting.datastore);
    await inOutage(setting, ["eur"]);
    await setting.datastore.get("eur", () => "unused");
    const { history } = await get<{ history: Record<string, number>[] }>(handler, "/api/state");
    expect(history).toHaveLength(60);
    const total = (field: string): number => history.reduce((sum, minute) => sum + (minute[field] ?? 0), 0);
    expect(["hits", "loads", "failures", "fallbacks"].map(total)).toEqual([1, 2, 1, 1]);
  });

  it("a store that fails is shown with what it fails with", async () => {
    const backup = { ...memoryBackup(), write: () => { throw new Error("disk full"); } };
    const { datastore } = setUp({ backup });
    const handler = consoleHandler(datastore);
    await datastore.get("eur", () => 1);
    expect(await get(handler, "/api/state")).toMatchObject({ pendingWrites: 1, stores: [{}, { state: "failing", error: { code: "STORE_FAILED", cause: { message: "disk full" } } }] });
  });
});

describe("records", () => {
  it("a search finds keys by a part of them, and says how many records it looked at", async () => {
    const setting = setUp();
    const handler = consoleHandler(setting.datastore);
    await inOutage(setting, ["user:1", "user:2", "page:1"]);
    expect(await get(handler, "/api/records?q=USER")).toMatchObject({ items: [{ key: "user:1" }, { key: "user:2" }], examined: 3, isComplete: true });
    expect(await get(handler, "/api/records?q=none")).toMatchObject({ items: [], examined: 3 });
  });

  it("a search of many records answers with fifty, and says that there are more", async () => {
    const setting = setUp();
    const handler = consoleHandler(setting.datastore);
    for (let index = 0; index < 80; index++) await setting.datastore.set(`key:${index}`, index);
    const { items, isComplete } = await get<{ items: unknown[]; isComplete: boolean }>(handler, "/api/records?q=");
    expect([items.length, isComplete]).toEqual([50, false]);
  });

  it("a record is shown with its generations, each with its own age and its value as a person reads it", async () => {
    const { datastore, clock } = setUp();
    const handler = consoleHandler(datastore);
    await datastore.get("eur", () => new Map([["price", 1n]]), "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("eur", () => "text\nas it is", "1m");
    expect(await record(handler, "eur")).toMatchObject({
      generations: [
        { value: "text\nas it is", loadedAt: clock.now(), deleted: false },
        { value: "Map(1) { 'price' => 1n }", loadedAt: clock.now() - 2 * MINUTE },
      ],
    });
    expect(await record(handler, "none")).toMatchObject({ generations: [] });
  });

  it("a key that no URL could carry is shown", async () => {
    const { datastore } = setUp();
    const handler = consoleHandler(datastore);
    for (const key of ["\ud800 lone", "", "語".repeat(20_000)]) {
      await datastore.set(key, "value");
      expect(await record(handler, key)).toMatchObject({ generations: [{ value: "value" }] });
    }
  });

  it.each([undefined, 5, null, ["eur"]])("a ref that is %j names no record", async (ref) => {
    expect(await record(consoleHandler(setUp().datastore), ref)).toEqual({ error: { message: "this names no record" } });
  });

  it("a value of megabytes is cut, and says by how much", async () => {
    const { datastore } = setUp();
    const handler = consoleHandler(datastore);
    await datastore.set("big", "x".repeat(3_000_000));
    const { generations } = await record<{ generations: { value: string }[] }>(handler, "big");
    expect(generations[0]?.value.length).toBeLessThan(21_000);
    expect(generations[0]?.value).toContain("2980000 characters more");
  });

  it("a store that cannot be read answers with its error, and the state is still there", async () => {
    const backup = memoryBackup();
    const { datastore } = setUp({ backup });
    const handler = consoleHandler(datastore);
    backup.read = () => { throw new Error("no such disk"); };
    backup.list = () => { throw new Error("no such disk"); };
    for (const request of [new Request(`${ORIGIN}/api/records`), new Request(`${ORIGIN}/api/record`, { method: "POST", body: '{"ref":"eur"}' })]) {
      const answer = await handler(request);
      expect(answer.status).toBe(500);
      expect(await answer.json()).toMatchObject({ error: { code: "STORE_FAILED", cause: { message: "no such disk" } } });
    }
    expect((await handler(new Request(`${ORIGIN}/api/state`))).status).toBe(200);
  });
});

describe("actions", () => {
  /** What the datastore keeps, so that it can be seen whether something has changed. */
  async function kept(datastore: Datastore): Promise<unknown> {
    const generations = await datastore.inspect().generations("eur");
    return [generations, await datastore.get("eur", () => "loaded", "1h")];
  }

  async function ready(options: ConsoleOptions = { actions: true }): Promise<{ datastore: Datastore; handler: Handler; token: string }> {
    const { datastore, clock } = setUp();
    const handler = consoleHandler(datastore, options);
    await datastore.get("eur", () => "old", "1h");
    clock.advance(2 * MINUTE);
    await datastore.set("eur", "new", "1h");
    return { datastore, handler, token: await tokenOf(handler) };
  }

  it("expire, restore and delete do what they say", async () => {
    const { datastore, handler, token } = await ready();
    const [, older] = await datastore.inspect().generations("eur");
    expect((await handler(order(token, { action: "restore", ref: "eur", key: "eur", stamp: older?.stamp }))).status).toBe(200);
    expect((await datastore.peekBackup("eur"))?.value).toBe("old");
    expect((await handler(order(token, { action: "expire", ref: "eur", key: "eur" }))).status).toBe(200);
    expect(await datastore.get("eur", () => "loaded again")).toBe("loaded again");
    expect((await handler(order(token, { action: "delete", ref: "eur", key: "eur" }))).status).toBe(200);
    expect(await datastore.peekBackup("eur")).toBeUndefined();
  });

  it("load calls the function that was handed in, and tells of its failure", async () => {
    const loaded: string[] = [];
    const load = async (key: string): Promise<void> => {
      loaded.push(key);
      if (loaded.length > 1) throw new Error("still down");
    };
    const { handler, token } = await ready({ actions: true, load });
    const again = (): Promise<Response> => handler(order(token, { action: "load", ref: "eur", key: "eur" }));
    expect((await again()).status).toBe(200);
    const failed = await again();
    expect([failed.status, await failed.json()]).toEqual([500, { error: { message: "still down" } }]);
    expect(loaded).toEqual(["eur", "eur"]);
  });

  it.each<[string, Record<string, string>]>([
    ["without a token", { "x-lastgood-token": "" }],
    ["with a wrong token", { "x-lastgood-token": "x".repeat(43) }],
    ["from another origin", { origin: "http://evil.test", "sec-fetch-site": "cross-site" }],
    ["from another origin, by a browser that says no more", { origin: "http://evil.test", "sec-fetch-site": "" }],
    ["from another site of the same host", { "sec-fetch-site": "same-site" }],
    ["from nowhere", { origin: "", "sec-fetch-site": "" }],
    ["from an origin that is null", { origin: "null", "sec-fetch-site": "" }],
    ["as a form would send it", { "content-type": "text/plain" }],
    ["as a script of another origin would like to send it", { "content-type": "application/json" }],
  ])("an action %s is refused, and changes nothing", async (_what, headers) => {
    const { datastore, handler, token } = await ready();
    const before = await kept(datastore);
    for (const action of ["expire", "delete"]) {
      const answer = await handler(order(token, { action, ref: "eur", key: "eur" }, headers));
      expect(answer.status).toBe(403);
    }
    expect(await kept(datastore)).toEqual(before);
  });

  it("a read-only console refuses every action, with the token of another console as well", async () => {
    const { datastore, handler } = await ready({});
    const other = await ready();
    const before = await kept(datastore);
    for (const action of ["expire", "delete", "restore", "load"]) expect((await handler(order(other.token, { action, ref: "eur", key: "eur", stamp: 1 }))).status).toBe(403);
    expect(await kept(datastore)).toEqual(before);
  });

  it.each([
    ["an unknown action", { action: "drop", ref: "eur", key: "eur" }],
    ["load without a function", { action: "load", ref: "eur", key: "eur" }],
    ["no ref", { action: "delete", key: "eur" }],
    ["a ref that is no text", { action: "delete", ref: ["eur"], key: "eur" }],
    ["a body that is too long", { action: "delete", ref: "x".repeat(2_000_000), key: "eur" }],
  ])("%s is no action, and changes nothing", async (_what, body) => {
    const { datastore, handler, token } = await ready();
    const before = await kept(datastore);
    expect((await handler(order(token, body))).status).toBe(400);
    expect(await kept(datastore)).toEqual(before);
  });

  it("a record that is not there cannot be restored, and the answer says why", async () => {
    const { handler, token } = await ready();
    const answer = await handler(order(token, { action: "restore", ref: "eur", key: "eur", stamp: 5 }));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(await answer.json())).toContain("restore: stamp must be that of a record");
  });

  it.each(["GET", "PUT", "DELETE"])("an action by %s is not found", async (method) => {
    const { handler } = await ready();
    expect((await handler(new Request(`${ORIGIN}/api/action`, { method }))).status).toBe(404);
  });
});

describe("healthResponse", () => {
  it("readiness is 200 and passes while all is well", async () => {
    const response = healthResponse(setUp().datastore);
    expect([response.status, response.headers.get("content-type"), response.headers.get("cache-control")]).toEqual([200, "application/health+json", "no-store"]);
    expect(await response.json()).toEqual({ status: "pass", name: "rates", keysInFallback: 0, oldestAge: 0, cache: "ok", backup: "ok", pendingWrites: 0, unprotectedKeys: 0 });
  });

  it("readiness stays 200 in an outage that the backups cover, and the answer warns", async () => {
    const setting = setUp();
    await inOutage(setting, ["eur"]);
    const response = healthResponse(setting.datastore);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "warn", keysInFallback: 1, oldestAge: 2 * MINUTE });
  });

  it("readiness stays 200 while the backup store is down, for gets are answered", async () => {
    const { datastore } = setUp({ backup: { ...memoryBackup(), write: () => { throw new Error("disk full"); } } });
    await datastore.get("eur", () => 1);
    const response = healthResponse(datastore);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "warn", backup: "failing", pendingWrites: 1 });
  });

  it("readiness is 503 once the datastore has been closed", async () => {
    const { datastore } = setUp();
    await datastore.close();
    const response = healthResponse(datastore);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "fail", closed: true });
  });

  it("keys and errors are in the answer with details alone", async () => {
    const setting = setUp();
    await inOutage(setting, ["secret-key"]);
    const bare = await healthResponse(setting.datastore).text();
    expect(bare).not.toMatch(/secret-key|fetch failed/);
    const details = JSON.parse(await healthResponse(setting.datastore, { details: true }).text()) as object;
    expect(details).toMatchObject({ health: { fallback: [{ key: "secret-key", error: { message: "fetch failed", cause: { code: "ECONNREFUSED" } } }] } });
  });

  it("/health of the console answers the same", async () => {
    const setting = setUp();
    const handler = consoleHandler(setting.datastore, { path: "/admin" });
    await inOutage(setting, ["eur"]);
    expect(await get(handler, "/admin/health")).toEqual(await healthResponse(setting.datastore).json());
  });
});

describe("bad arguments", () => {
  const { datastore } = setUp();
  it.each([
    ["a datastore that is none", () => consoleHandler({} as never), "consoleHandler: datastore must be a Datastore of @lastgood/core; got another object"],
    ["options that are no object", () => consoleHandler(datastore, "x" as never), 'consoleHandler: options must be an object; got "x"'],
    ["an unknown option", () => consoleHandler(datastore, { action: true } as never), 'consoleHandler: options must be among path, actions, load; got "action"'],
    ["actions that are no boolean", () => consoleHandler(datastore, { actions: 1 as never }), "consoleHandler: actions must be true or false; got 1"],
    ["a path without a slash", () => consoleHandler(datastore, { path: "admin" }), 'consoleHandler: path must be a path such as "/admin/lastgood"; got "admin"'],
    ["a path with a pattern", () => consoleHandler(datastore, { path: "/:id/*" }), 'consoleHandler: path must be a path such as "/admin/lastgood"; got "/:id/*"'],
    ["a load that is no function", () => consoleHandler(datastore, { load: "x" as never }), 'consoleHandler: load must be a function; got "x"'],
    ["a datastore that is none, of healthResponse", () => healthResponse(undefined as never), "healthResponse: datastore must be a Datastore of @lastgood/core; got undefined"],
    ["details that are no boolean", () => healthResponse(datastore, { details: "yes" as never }), 'healthResponse: details must be true or false; got "yes"'],
    ["an unknown option of healthResponse", () => healthResponse(datastore, { detail: true } as never), 'healthResponse: options must be among details; got "detail"'],
  ])("%s is refused by name", (_what, call, message) => {
    expect(call).toThrow(message);
  });
});
