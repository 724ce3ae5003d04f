import { Agent, request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { cacheStatus, lastGoodInterceptor } from "../src/index.ts";
import { gzipSync } from "node:zlib";
import { answerBytes, whole } from "./support/raw-server.mjs";
import { HOUR, rejectionOf, SECOND, type Setting, setUp, source } from "./support/setting.ts";

interface Intercepted extends Setting {
  readonly dispatcher: Agent;
  /** The platform's own fetch, through the dispatcher. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

function intercepted(options: Parameters<typeof lastGoodInterceptor>[1] = {}): Intercepted {
  const setting = setUp();
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const dispatcher = agent.compose(lastGoodInterceptor(setting.datastore, { clock: setting.clock, ...options }));
  // The platform's fetch takes dispatchers of other releases of undici, whose types are others.
  const through = (url: string, init: RequestInit = {}): Promise<Response> => fetch(url, { ...init, dispatcher } as RequestInit & object);
  return { ...setting, dispatcher: dispatcher as unknown as Agent, fetch: through }; // it has all that an Agent has
}

const DOWN = whole("", {}, "503 Service Unavailable");

describe("lastGoodInterceptor", () => {
  it("the platform's fetch is answered from what is kept, and the last good answer stands in", async () => {
    const { fetch, clock } = intercepted();
    const server = await source(whole("good", { "cache-control": "max-age=60", "x-a": "1" }));
    expect(await (await fetch(server.url)).text()).toBe("good");
    clock.advance(20 * SECOND);
    const second = await fetch(server.url);
    expect([await second.text(), second.headers.get("age"), second.headers.get("cache-status"), second.headers.get("x-a")]).toEqual(["good", "20", "lastgood; hit; ttl=40", "1"]);
    expect(server.requests).toHaveLength(1);
    clock.advance(HOUR);
    server.answer = DOWN;
    const third = await fetch(server.url);
    expect([third.status, await third.text(), third.headers.get("cache-status")]).toEqual([200, "good", "lastgood; hit; ttl=-3560; detail=backup"]);
  });

  it("undici's request is answered from what is kept as well", async () => {
    const { dispatcher } = intercepted();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    for (let n = 0; n < 2; n++) {
      const { statusCode, body } = await request(server.url, { dispatcher });
      expect([statusCode, await body.text()]).toEqual([200, "good"]);
    }
    expect(server.requests).toHaveLength(1);
  });

  it("a compressed answer is decoded once", async () => {
    const { fetch } = intercepted();
    const server = await source(whole(gzipSync("good"), { "content-encoding": "gzip", "cache-control": "max-age=60" }));
    for (let n = 0; n < 2; n++) expect(await (await fetch(server.url)).text()).toBe("good");
    expect(server.requests).toHaveLength(1);
  });

  it("a large answer flows through, no faster than it is read", async () => {
    const { dispatcher } = intercepted({ maxBytes: 1_000 });
    const server = await source(whole("x".repeat(5_000_000)));
    const { body } = await request(server.url, { dispatcher });
    expect(await body.text()).toHaveLength(5_000_000);
  });

  it("the answer of a broken source comes through where nothing stands in, and an error where there is none", async () => {
    const { fetch, dispatcher } = intercepted();
    const server = await source(DOWN);
    expect((await fetch(server.url)).status).toBe(503);
    expect(await rejectionOf(request("http://127.0.0.1:1/", { dispatcher }))).toMatchObject({ name: "HttpError" });
  });

  it("an abort reaches its request", async () => {
    const { fetch } = intercepted();
    const server = await source(() => undefined);
    const controller = new AbortController();
    const aborted = rejectionOf(fetch(server.url, { signal: controller.signal }));
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(new Error("enough"));
    expect(await aborted).toMatchObject({ message: "enough" });
  });

  it("a change makes what was kept invalid", async () => {
    const { fetch } = intercepted();
    const server = await source((socket, asked) => whole(`${asked.method} ${asked.body}`, { "cache-control": "max-age=60" })(socket, asked));
    await (await fetch(server.url)).text();
    expect(await (await fetch(server.url, { method: "POST", body: "new" })).text()).toBe("POST new");
    await (await fetch(server.url)).text();
    expect(server.requests.map(({ method }) => method)).toEqual(["GET", "POST", "GET"]);
  });

  it("a condition of the caller is judged here", async () => {
    const { fetch } = intercepted();
    const server = await source(whole("good", { etag: '"1"', "cache-control": "max-age=60" }));
    await (await fetch(server.url)).text();
    expect((await fetch(server.url, { headers: { "if-none-match": '"1"' } })).status).toBe(304);
  });

  it("redirects are followed by whoever asks, and each is kept", async () => {
    const { fetch } = intercepted();
    const server = await source((socket, asked) => (asked.path === "/" ? socket.write(answerBytes("301 Moved", { location: "/there", "content-length": 0, "cache-control": "max-age=60" })) : whole("there", { "cache-control": "max-age=60" })(socket, asked)));
    for (let n = 0; n < 2; n++) {
      const response = await fetch(server.url);
      expect([await response.text(), response.url]).toEqual(["there", `${server.url}there`]);
    }
    expect(server.requests).toHaveLength(2);
  });

  it("HEAD has no body", async () => {
    const { fetch } = intercepted();
    const server = await source((socket) => socket.write(answerBytes("200 OK", { "content-length": 5, "cache-control": "max-age=60" })));
    for (let n = 0; n < 2; n++) expect(await (await fetch(server.url, { method: "HEAD" })).text()).toBe("");
    expect(server.requests).toHaveLength(1);
  });

  it("lastGoodInterceptor refuses what is no datastore at once", () => {
    expect(() => Reflect.apply(lastGoodInterceptor, undefined, [{}])).toThrow("lastGoodInterceptor: datastore must be a Datastore, or a namespace of one; got an object");
  });
});

describe("cacheStatus", () => {
  it.each([
    [{ source: "cache", stale: false }, "lastgood; hit"],
    [{ source: "cache", stale: true }, "lastgood; hit; detail=backup"],
    [{ source: "backup", stale: true }, "lastgood; hit; detail=backup"],
    [{ source: "loader", stale: false }, "lastgood; fwd=miss"],
    [{ source: "cache", stale: false, metadata: { disobeyed: "no-store" } }, 'lastgood; hit; detail="ignored no-store"'],
  ] as const)("the Cache-Status of %j is %s", (result, status) => {
    expect(cacheStatus(result)).toBe(status);
  });
});
