import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { lastGoodFetch, type LastGoodFetchOptions } from "../src/index.ts";
import { BROKEN_ANSWERS, ENCODERS } from "./support/broken-answers.mjs";
import { answerBytes, chunks, LAST_CHUNK, type RawAnswer, whole } from "./support/raw-server.mjs";
import { HOUR, MINUTE, rejectionOf, SECOND, type Setting, setUp, source } from "./support/setting.ts";

interface FetchSetting extends Setting {
  readonly fetch: typeof fetch;
  /** The body and the Cache-Status of an answer. */
  read(url: string, init?: RequestInit): Promise<readonly [body: string, status: string]>;
}

function setUpFetch(options: LastGoodFetchOptions = {}): FetchSetting {
  const setting = setUp();
  const fetch = lastGoodFetch(setting.datastore, { clock: setting.clock, ...options });
  const read: FetchSetting["read"] = async (url, init) => {
    const response = await fetch(url, init);
    return [await response.text(), response.headers.get("cache-status") ?? ""];
  };
  return { ...setting, fetch, read };
}

const DOWN = whole("the source is down", {}, "503 Service Unavailable");

/** 304 to whoever sends this tag, and a body to all others. */
function tagged(body: string, etag: string, headers: Record<string, string> = {}): RawAnswer {
  return (socket, request) => {
    if (request.headers["if-none-match"] === etag) socket.write(answerBytes("304 Not Modified", { etag, ...headers }));
    else whole(body, { etag, ...headers })(socket, request);
  };
}

describe("lastGoodFetch", () => {
  it("a fresh answer comes from the cache, with its age and what is left of its time", async () => {
    const { fetch, clock } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60", "content-type": "text/plain", "x-a": "1" }));
    const first = await fetch(server.url);
    expect(first.headers.get("cache-status")).toBe("lastgood; fwd=uri-miss; ttl=60; stored");
    clock.advance(20 * SECOND);
    const second = await fetch(server.url);
    expect(await second.text()).toBe("good");
    expect(Object.fromEntries(second.headers)).toEqual({ age: "20", "cache-control": "max-age=60", "cache-status": "lastgood; hit; ttl=40", "content-length": "4", "content-type": "text/plain", "x-a": "1" });
    expect([second.status, second.statusText, second.ok, second.url, second.redirected]).toEqual([200, "OK", true, server.url, false]);
    expect(second).toBeInstanceOf(Response);
    expect(server.requests).toHaveLength(1);
  });

  it.each(["identity", ...Object.keys(ENCODERS)])("every way to read a body in %s gives its bytes and nothing else, loaded or kept", async (encoding) => {
    const { fetch } = setUpFetch();
    const [name = ""] = encoding.split(" "); // raw deflate goes by the same name
    const packed = ENCODERS[encoding as keyof typeof ENCODERS]?.("hello") ?? Buffer.from("hello");
    const headers = { "cache-control": "max-age=60", ...(encoding !== "identity" && { "content-encoding": name }) };
    const server = await source(whole(packed, headers));
    const hello = Buffer.from("hello");
    const init = { headers: { "accept-encoding": name } };
    for (let n = 0; n < 2; n++) {
      const buffer = await (await fetch(server.url, init)).arrayBuffer();
      expect(Buffer.from(buffer)).toEqual(hello);
      const kept = await fetch(server.url, init);
      expect(Buffer.from(await (await kept.clone().blob()).arrayBuffer())).toEqual(hello);
      expect(Buffer.from(await new Response(kept.clone().body).arrayBuffer())).toEqual(hello);
      expect(await kept.text()).toBe("hello");
    }
  });

  it("each answer has a body of its own, and so has its clone", async () => {
    const { fetch } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    for (let n = 0; n < 3; n++) {
      const response = await fetch(server.url);
      const clone = response.clone();
      expect(clone.url).toBe(server.url);
      const bytes = new Uint8Array(await response.arrayBuffer()).fill(0);
      expect(bytes).toHaveLength(4);
      expect(await clone.text()).toBe("good");
    }
  });

  it("the last good answer stands in for a source that is down, and says so", async () => {
    const { read, clock } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    await read(server.url);
    server.answer = DOWN;
    clock.advance(60 * SECOND + 2 * HOUR);
    expect(await read(server.url)).toEqual(["good", "lastgood; hit; ttl=-7200; detail=backup"]);
    clock.advance(SECOND);
    expect(await read(server.url)).toEqual(["good", "lastgood; hit; ttl=-7201; detail=backup"]);
    expect(server.requests).toHaveLength(2);
    await server.stop();
    clock.advance(HOUR);
    expect((await read(server.url))[0]).toBe("good");
  });

  it("the last good answer stands in after a restart as well, for each variant", async () => {
    const { read, clock, restart } = setUpFetch();
    const server = await source((socket, request) => whole(`in ${request.headers["accept-language"]}`, { vary: "accept-language" })(socket, request));
    for (const language of ["de", "en"]) await read(server.url, { headers: { "accept-language": language } });
    await server.stop();
    const restarted = restart();
    const fetch = lastGoodFetch(restarted, { clock });
    for (const language of ["de", "en"]) {
      const response = await fetch(server.url, { headers: { "accept-language": language } });
      expect(await response.text()).toBe(`in ${language}`);
      expect(response.headers.get("cache-status")).toContain("detail=backup");
    }
    expect(await rejectionOf(fetch(server.url, { headers: { "accept-language": "fr" } }))).toBeInstanceOf(TypeError);
    await restarted.close();
  });

  const hanging = new Set(BROKEN_ANSWERS.filter(({ hangs }) => hangs));
  it.each(BROKEN_ANSWERS.map((answer) => [answer.title, answer] as const).filter(([title]) => !title.startsWith("redirects") && !title.includes("bomb")))(
    "the last good answer stands in for a source that %s",
    async (_, answer) => {
      const { read, clock } = setUpFetch({ timeout: hanging.has(answer) ? 150 : "30s" });
      const server = await source(whole("good", { "cache-control": "max-age=60" }));
      await read(server.url);
      clock.advance(HOUR);
      server.answer = answer.send;
      const [body, status] = await read(server.url);
      // 300 is an answer like any other redirect that leads nowhere.
      if (answer.title === "answers 300 with a choice") expect(body).toBe("hello");
      else expect([body, status]).toEqual(["good", "lastgood; hit; ttl=-3540; detail=backup"]);
    },
  );

  it("the answer of a broken source comes through where nothing stands in, as fetch would give it", async () => {
    const { fetch } = setUpFetch();
    const server = await source(DOWN);
    const response = await fetch(server.url);
    expect([response.status, response.statusText, await response.text()]).toEqual([503, "Service Unavailable", "the source is down"]);
    expect(response.headers.get("cache-status")).toBe("lastgood; fwd=uri-miss");
  });

  it("fetch rejects with a TypeError whose cause says why, where there is no answer at all", async () => {
    const { fetch } = setUpFetch();
    const error = await rejectionOf(fetch("http://127.0.0.1:1/"));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^fetch failed: .*ECONNREFUSED/), cause: { name: "HttpError", cause: { code: "ECONNREFUSED" } } });
  });

  it("a signal aborts its own caller alone", async () => {
    const { fetch } = setUpFetch();
    let release: () => void = () => undefined;
    const server = await source((socket, request) => (release = () => whole("good")(socket, request)));
    const controller = new AbortController();
    const aborted = rejectionOf(fetch(server.url, { signal: controller.signal }));
    const other = fetch(server.url);
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(new Error("enough"));
    expect(await aborted).toMatchObject({ message: "enough" });
    release();
    expect(await (await other).text()).toBe("good");
    expect(await rejectionOf(fetch(server.url, { signal: AbortSignal.abort(new Error("at once")) }))).toMatchObject({ message: "at once" });
  });

  it("callers at the same time share one request", async () => {
    const { fetch } = setUpFetch();
    const server = await source(whole("good"));
    const responses = await Promise.all(Array.from({ length: 10 }, () => fetch(server.url)));
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(Array(10).fill("good"));
    expect(server.requests).toHaveLength(1);
    expect(responses.filter((response) => response.headers.get("cache-status")?.includes("collapsed"))).toHaveLength(9);
  });

  it("no-store is not kept, and flows to each caller", async () => {
    const { read, datastore } = setUpFetch();
    let count = 0;
    const server = await source((socket, request) => whole(`answer ${++count}`, { "cache-control": "no-store" })(socket, request));
    const answers = await Promise.all(Array.from({ length: 5 }, () => read(server.url)));
    expect(new Set(answers.map(([body]) => body)).size).toBe(5);
    expect(answers[0]).toEqual(["answer 1", "lastgood; fwd=uri-miss"]);
    expect(await datastore.namespace("http").peekBackup(`GET ${server.url}`)).toBeUndefined();
  });

  it("a body that is larger than maxBytes flows through and is not kept, whether it says its length or not, decoded", async () => {
    const { read } = setUpFetch({ maxBytes: 100 });
    const large = "x".repeat(100_000);
    const server = await source(whole(large, { "cache-control": "max-age=60" }));
    expect((await read(server.url))[0]).toBe(large);
    server.answer = (socket) => socket.write(Buffer.concat([answerBytes("200 OK", { "transfer-encoding": "chunked" }), chunks(large, 1000), Buffer.from(LAST_CHUNK)]));
    expect((await read(server.url))[0]).toBe(large);
    server.answer = whole(gzipSync(large), { "content-encoding": "gzip" });
    expect((await read(server.url))[0]).toBe(large);
    const incompressible = createHash("sha512").update("x").digest("hex").repeat(100);
    server.answer = whole(gzipSync(incompressible), { "content-encoding": "gzip" });
    expect((await read(server.url))[0]).toBe(incompressible);
    expect(server.requests).toHaveLength(4);
  });

  it("a stream of events flows as it comes", async () => {
    const { fetch } = setUpFetch();
    let more: (text: string) => void = () => undefined;
    const server = await source((socket) => {
      socket.write(answerBytes("200 OK", { "content-type": "text/event-stream", "transfer-encoding": "chunked" }));
      more = (text) => void socket.write(chunks(text));
      more("one");
    });
    const response = await fetch(server.url);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("one");
    more("two");
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("two");
    await reader?.cancel();
  });

  it("cookies are given to the caller whose request set them, and are not kept", async () => {
    const { fetch, datastore } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60", "set-cookie": "a=secret" }));
    expect((await fetch(server.url)).headers.getSetCookie()).toEqual(["a=secret"]);
    expect((await fetch(server.url)).headers.getSetCookie()).toEqual([]);
    const kept = await datastore.namespace("http").peekBackup(`GET ${server.url}`);
    expect(kept).toBeDefined();
    expect(JSON.stringify(kept)).not.toContain("secret");
  });

  it.each(["authorization", "cookie"])("answers to requests with other values of %s are kept apart, and the key does not show them", async (name) => {
    const { read } = setUpFetch();
    const server = await source((socket, request) => whole(`for ${request.headers[name]}`, { "cache-control": "max-age=60" })(socket, request));
    for (let round = 0; round < 2; round++) {
      for (const value of ["alice", "bob"]) expect((await read(server.url, { headers: { [name]: value } }))[0]).toBe(`for ${value}`);
      expect((await read(server.url))[0]).toBe("for undefined");
    }
    expect(server.requests).toHaveLength(3);
  });

  it("identity says whose answers they are, where tokens change", async () => {
    const { read } = setUpFetch({ identity: ({ headers }) => headers.get("authorization")?.split(" ")[1] });
    const server = await source(whole("hers", { "cache-control": "max-age=60" }));
    await read(server.url, { headers: { authorization: "Bearer alice 1" } });
    await read(server.url, { headers: { authorization: "Bearer alice 2" } });
    await read(server.url, { headers: { authorization: "Bearer bob 1" } });
    expect(server.requests).toHaveLength(2);
  });

  it("callers of different variants at the same time get each their own, though nobody knew of Vary", async () => {
    const { read } = setUpFetch();
    const server = await source((socket, request) => whole(`in ${request.headers["accept-language"]}`, { vary: "Accept-Language", "cache-control": "max-age=60" })(socket, request));
    const languages = ["de", "en", "fr", "de", "en", "fr"];
    const answers = await Promise.all(languages.map((language) => read(server.url, { headers: { "accept-language": language } })));
    expect(answers.map(([body]) => body)).toEqual(languages.map((language) => `in ${language}`));
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  it("a source that comes to vary by ever more headers is followed", async () => {
    const { read } = setUpFetch();
    let names = 0;
    const server = await source((socket, request) => whole(String(++names), { vary: Array.from({ length: names }, (_, n) => `x-${n}`).join(", "), "cache-control": "max-age=60" })(socket, request));
    for (let n = 1; n <= 30; n++) expect((await read(server.url, { headers: { [`x-${n - 1}`]: String(n) } }))[0]).toBe(String(n));
  });

  it("stale-while-revalidate: the stale answer comes at once, and one request in the background brings the new one", async () => {
    const { read, clock } = setUpFetch();
    const headers = { "cache-control": "max-age=10, stale-while-revalidate=60" };
    const server = await source(whole("old", headers));
    await read(server.url);
    server.answer = whole("new", headers);
    clock.advance(20 * SECOND);
    expect(await read(server.url)).toEqual(["old", "lastgood; hit; ttl=-10"]);
    await expect.poll(async () => (await read(server.url))[0]).toBe("new");
    expect(server.requests).toHaveLength(2);
  });

  it("redirects are followed, each kept by itself, and the answer says where it comes from", async () => {
    const { fetch, clock } = setUpFetch();
    const server = await source((socket, request) => (request.path === "/" ? socket.write(answerBytes("302 Found", { location: "/there", "content-length": 0 })) : whole("there", { "cache-control": "max-age=60" })(socket, request)));
    const response = await fetch(server.url);
    expect([await response.text(), response.url, response.redirected]).toEqual(["there", `${server.url}there`, true]);
    await server.stop();
    clock.advance(HOUR);
    expect(await (await fetch(server.url)).text()).toBe("there");
  });

  it("redirects are handed out, or refused, where the caller says so", async () => {
    const { fetch } = setUpFetch();
    const server = await source((socket) => socket.write(answerBytes("302 Found", { location: "/", "content-length": 0 })));
    const response = await fetch(server.url, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/"]);
    expect(await rejectionOf(fetch(server.url, { redirect: "error" }))).toBeInstanceOf(TypeError);
    expect(await rejectionOf(fetch(server.url))).toMatchObject({ message: expect.stringContaining("more than 20 times") });
  });

  it("credentials are not carried to another origin", async () => {
    const { fetch } = setUpFetch();
    const other = await source(whole("other"));
    const server = await source((socket) => socket.write(answerBytes("307 Temporary Redirect", { location: other.url, "content-length": 0 })));
    await fetch(server.url, { headers: { authorization: "secret", cookie: "secret" } });
    expect(JSON.stringify(other.requests)).not.toContain("secret");
  });

  it.each([401, 403, 404, 418])("status %i is the source's word: it comes through, and the last good answer stays for the next outage", async (status) => {
    const { fetch, read, clock } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    await read(server.url);
    clock.advance(MINUTE);
    server.answer = whole("no", {}, `${status} No`);
    const response = await fetch(server.url);
    expect([response.status, await response.text()]).toEqual([status, "no"]);
    server.answer = DOWN;
    expect((await read(server.url))[0]).toBe("good");
  });

  it("status 410 comes through, and takes the last good answer with it", async () => {
    const { fetch, read, clock } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    await read(server.url);
    clock.advance(MINUTE);
    server.answer = whole("gone", {}, "410 Gone");
    expect((await fetch(server.url)).status).toBe(410);
    server.answer = DOWN;
    expect((await fetch(server.url)).status).toBe(503);
  });

  it("a 404 that says how long it holds is not asked for again meanwhile, and replaces no good answer", async () => {
    const { read, clock } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=10" }));
    await read(server.url);
    clock.advance(10 * SECOND);
    server.answer = whole("no", { "cache-control": "max-age=60" }, "404 Not Found");
    await read(server.url);
    clock.advance(30 * SECOND);
    expect(await read(server.url)).toEqual(["no", "lastgood; hit; ttl=30"]);
    clock.advance(30 * SECOND);
    server.answer = DOWN;
    expect((await read(server.url))[0]).toBe("good");
  });

  it.each(["POST", "PUT", "DELETE", "PATCH"])("a %s passes through, and what it has changed is not fresh any more", async (method) => {
    const { fetch, read, clock } = setUpFetch();
    const server = await source((socket, request) => whole(`${request.method} ${request.path} ${request.body}`, { "cache-control": "max-age=60", ...(request.method !== "GET" && { location: "/other" }) })(socket, request));
    for (const path of ["", "other", "third"]) await read(`${server.url}${path}`);
    const response = await fetch(server.url, { method, body: "new" });
    expect(await response.text()).toBe(`${method} / new`);
    expect(response.headers.get("cache-status")).toBeNull();
    for (const path of ["", "other", "third"]) await read(`${server.url}${path}`);
    expect(server.requests.slice(4).map(({ path }) => path)).toEqual(["/", "/other"]);
    await server.stop();
    clock.advance(HOUR);
    expect((await read(server.url))[0]).toBe("GET / ");
  });

  it("a POST that fails changes nothing", async () => {
    const { fetch, read } = setUpFetch();
    const server = await source((socket, request) => whole("", { "cache-control": "max-age=60" }, request.method === "GET" ? "200 OK" : "500 Broken")(socket, request));
    await read(server.url);
    await fetch(server.url, { method: "POST" });
    await read(server.url);
    expect(server.requests).toHaveLength(2);
  });

  it("a change makes every variant invalid, and those of callers with credentials", async () => {
    const { fetch, read } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60", vary: "accept" }));
    const variants = [{ accept: "a" }, { accept: "b" }, { accept: "a", authorization: "x" }];
    for (const headers of variants) await read(server.url, { headers });
    await fetch(server.url, { method: "POST" });
    const before = server.requests.length;
    for (const headers of variants) await read(server.url, { headers });
    expect(server.requests).toHaveLength(before + 3);
  });

  it("HEAD is answered without a body, and kept apart from GET", async () => {
    const { fetch } = setUpFetch();
    const server = await source((socket, request) => (request.method === "HEAD" ? socket.write(answerBytes("200 OK", { "content-length": 4, "cache-control": "max-age=60" })) : whole("good")(socket, request)));
    for (let n = 0; n < 2; n++) {
      const response = await fetch(server.url, { method: "HEAD" });
      expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "4", ""]);
    }
    expect(server.requests).toHaveLength(1);
    expect(await (await fetch(server.url)).text()).toBe("good");
  });

  it("a Request is taken as fetch takes it, and what a cache cannot do goes to the platform", async () => {
    const { fetch } = setUpFetch();
    const server = await source((socket, request) => whole(`${request.headers["x-a"]}`, { "cache-control": "max-age=60" })(socket, request));
    expect(await (await fetch(new Request(server.url, { headers: { "x-a": "1" } }))).text()).toBe("1");
    expect(await (await fetch(new URL(server.url), { headers: { "x-a": "2" } })).text()).toBe("1");
    expect(await (await fetch("data:text/plain,hello")).text()).toBe("hello");
    expect(await rejectionOf(fetch("nowhere"))).toBeInstanceOf(TypeError);
    expect(await rejectionOf(fetch("http://user:password@127.0.0.1/"))).toBeInstanceOf(TypeError);
  });

  it("a namespace keeps its answers apart", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    for (const store of [datastore, datastore.namespace("a")]) await lastGoodFetch(store, { clock })(server.url);
    expect(server.requests).toHaveLength(2);
  });

  it.each<[what: string, args: readonly unknown[], message: RegExp]>([
    ["no datastore", [{}], /^lastGoodFetch: datastore must be a Datastore, or a namespace of one; got an object$/],
    ["an option that there is not", [undefined, { follow: 5 }], /^lastGoodFetch: options must be among .*; got "follow"$/],
    ["a ttl that is none", [undefined, { ttl: "soon" }], /^lastGoodFetch: ttl/],
    ["a negative maxStale", [undefined, { maxStale: -1 }], /^lastGoodFetch: maxStale must not be negative/],
    ["an identity that is none", [undefined, { identity: "me" }], /^lastGoodFetch: identity must be a function; got "me"$/],
  ])("lastGoodFetch refuses %s at once, and says what is wrong", (_, [store, options], message) => {
    const { datastore } = setUp();
    expect(() => Reflect.apply(lastGoodFetch, undefined, [store ?? datastore, options])).toThrow(message);
  });
});

describe("the cache of a fetch", () => {
  it.each([
    ["no-store", { cache: "no-store" }, 2, "lastgood; fwd=bypass"],
    ["reload", { cache: "reload" }, 2, "lastgood; fwd=request; ttl=60; stored"],
    ["no-cache", { cache: "no-cache" }, 2, "lastgood; fwd=request; fwd-status=304; ttl=60; stored"],
    ["force-cache", { cache: "force-cache" }, 1, "lastgood; hit; ttl=50"],
    ["only-if-cached", { cache: "only-if-cached", mode: "same-origin" }, 1, "lastgood; hit; ttl=50"],
    ["Cache-Control: no-cache", { headers: { "cache-control": "no-cache" } }, 2, "lastgood; fwd=request; fwd-status=304; ttl=60; stored"],
    ["Pragma: no-cache", { headers: { pragma: "no-cache" } }, 2, "lastgood; fwd=request; fwd-status=304; ttl=60; stored"],
    ["Cache-Control: no-store", { headers: { "cache-control": "no-store" } }, 2, "lastgood; fwd=bypass"],
    ["Cache-Control: max-age=5", { headers: { "cache-control": "max-age=5" } }, 2, "lastgood; fwd=request; fwd-status=304; ttl=60; stored"],
    ["Cache-Control: max-age=15", { headers: { "cache-control": "max-age=15" } }, 1, "lastgood; hit; ttl=50"],
    ["Cache-Control: min-fresh=55", { headers: { "cache-control": "min-fresh=55" } }, 2, "lastgood; fwd=request; fwd-status=304; ttl=60; stored"],
    ["Cache-Control: min-fresh=45", { headers: { "cache-control": "min-fresh=45" } }, 1, "lastgood; hit; ttl=50"],
  ])("%s is done to an answer of ten seconds", async (_, init, requests, status) => {
    const { read, clock } = setUpFetch();
    const server = await source(tagged("good", '"1"', { "cache-control": "max-age=60" }));
    await read(server.url);
    clock.advance(10 * SECOND);
    expect(await read(server.url, init as RequestInit)).toEqual(["good", status]);
    expect(server.requests).toHaveLength(requests);
  });

  it("reload asks without conditions", async () => {
    const { read } = setUpFetch();
    const server = await source(tagged("good", '"1"', { "cache-control": "max-age=60" }));
    await read(server.url);
    await read(server.url, { cache: "reload" } as RequestInit);
    expect(server.requests[1]?.headers).not.toHaveProperty("if-none-match");
  });

  it("force-cache, only-if-cached and max-stale take a stale answer, and a caller who takes none but a kept one gets 504", async () => {
    const { fetch, read, clock } = setUpFetch();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    expect((await fetch(server.url, { headers: { "cache-control": "only-if-cached" } })).status).toBe(504);
    await read(server.url);
    clock.advance(100 * SECOND);
    for (const init of [{ cache: "force-cache" }, { cache: "only-if-cached", mode: "same-origin" }, { headers: { "cache-control": "max-stale" } }, { headers: { "cache-control": "max-stale=41" } }]) {
      expect(await read(server.url, init as RequestInit)).toEqual(["good", "lastgood; hit; ttl=-40"]);
    }
    expect(server.requests).toHaveLength(1);
    await read(server.url, { headers: { "cache-control": "max-stale=39" } });
    expect(server.requests).toHaveLength(2);
  });
});

describe("conditions of the caller", () => {
  it.each([
    ["the tag", { "if-none-match": '"1"' }, 304],
    ["the tag, weakly", { "if-none-match": 'W/"1"' }, 304],
    ["the tag among others", { "if-none-match": '"0", "1"' }, 304],
    ["any tag", { "if-none-match": "*" }, 304],
    ["another tag", { "if-none-match": '"2"' }, 200],
    ["the date", { "if-modified-since": "Mon, 05 Jan 2026 10:00:00 GMT" }, 304],
    ["an older date", { "if-modified-since": "Mon, 05 Jan 2026 09:59:59 GMT" }, 200],
    ["another tag and the date", { "if-none-match": '"2"', "if-modified-since": "Mon, 05 Jan 2026 10:00:00 GMT" }, 200],
  ])("a caller who has %s gets the right status, and the source is asked for the whole answer", async (_, headers, status) => {
    const { fetch } = setUpFetch();
    const server = await source(whole("good", { etag: '"1"', "last-modified": "Mon, 05 Jan 2026 10:00:00 GMT", "cache-control": "max-age=60" }));
    for (let n = 0; n < 2; n++) {
      const response = await fetch(server.url, { headers: headers as Record<string, string> });
      expect(response.status).toBe(status);
      expect(await response.text()).toBe(status === 304 ? "" : "good");
    }
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.headers).not.toHaveProperty("if-none-match");
  });

  it("a range is for the source alone, and nothing of it is kept", async () => {
    const { fetch, read } = setUpFetch();
    const server = await source((socket, request) => (request.headers["range"] ? whole("go", { "content-range": "bytes 0-1/4" }, "206 Partial Content")(socket, request) : whole("good", { "cache-control": "max-age=60" })(socket, request)));
    const response = await fetch(server.url, { headers: { range: "bytes=0-1" } });
    expect([response.status, await response.text()]).toEqual([206, "go"]);
    expect((await read(server.url))[0]).toBe("good");
  });
});

describe("ttl", () => {
  it("holds where the source says nothing, and is the most where it says more", async () => {
    const { read, clock } = setUpFetch({ ttl: "1m" });
    const server = await source((socket, request) => whole("good", request.path === "/" ? {} : { "cache-control": "max-age=3600" })(socket, request));
    for (const path of ["", "long"]) {
      const asked = server.requests.length;
      await read(`${server.url}${path}`);
      clock.advance(59 * SECOND);
      await read(`${server.url}${path}`);
      expect(server.requests).toHaveLength(asked + 1);
      clock.advance(SECOND);
      await read(`${server.url}${path}`);
      expect(server.requests).toHaveLength(asked + 2);
    }
  });

  it("without a ttl, an answer of a source that says nothing is not fresh, and stands in all the same", async () => {
    const { read } = setUpFetch();
    const server = await source(whole("good"));
    await read(server.url);
    await read(server.url);
    expect(server.requests).toHaveLength(2);
    server.answer = DOWN;
    expect((await read(server.url))[0]).toBe("good");
  });
});

describe("a body that flows", () => {
  const endless: RawAnswer = (socket) => socket.write(answerBytes("200 OK", { "content-length": 100, "cache-control": "no-store" }, "begun"));

  it("a body that flows and is cancelled ends its request, and nothing fails behind", async () => {
    const { datastore } = setUp();
    let isClosed = false;
    const server = await source((socket, request) => {
      socket.on("close", () => (isClosed = true));
      endless(socket, request);
    });
    const response = await lastGoodFetch(datastore)(server.url);
    await response.body?.cancel();
    await expect.poll(() => isClosed).toBe(true);
  });

  it("a body that flows breaks off with its request, with the error of fetch, and with the caller's reason if he aborts it", async () => {
    const { datastore } = setUp();
    const server = await source((socket) => socket.end(answerBytes("200 OK", { "content-length": 100, "cache-control": "no-store" }, "begun")));
    const fetch = lastGoodFetch(datastore);
    await expect((await fetch(server.url)).text()).rejects.toMatchObject({ name: "TypeError", message: "terminated", cause: { code: "UND_ERR_SOCKET" } });
    server.answer = endless;
    const caller = new AbortController();
    const body = (await fetch(server.url, { signal: caller.signal })).text();
    caller.abort(new Error("enough"));
    await expect(body).rejects.toThrow("enough");
  });

  it.each(Object.entries(ENCODERS))("a body in %s that flows is decoded, and breaks off where it is cut", async (name, encode) => {
    const { datastore } = setUp();
    const encoding = { "content-encoding": name.split(" ")[0] ?? name, "cache-control": "no-store" };
    const body = Buffer.from(encode("good ".repeat(1_000)));
    const server = await source(whole(body, encoding));
    const fetch = lastGoodFetch(datastore);
    expect(await (await fetch(server.url)).text()).toBe("good ".repeat(1_000));
    server.answer = whole(body.subarray(0, -4), encoding);
    await expect((await fetch(server.url)).text()).rejects.toThrow("terminated");
  });

  it("a body that flows in an encoding that was not asked for goes on as it came, and so does a part of one", async () => {
    const { datastore } = setUp();
    const server = await source(whole("uryyb", { "content-encoding": "rot13", "cache-control": "no-store" }));
    const fetch = lastGoodFetch(datastore);
    expect(await (await fetch(server.url)).text()).toBe("uryyb");
    server.answer = whole(gzipSync("hello").subarray(5, 9), { "content-encoding": "gzip", "content-range": "bytes 5-8/25" }, "206 Partial Content");
    const part = await fetch(server.url, { headers: { range: "bytes=5-8" } });
    expect(Buffer.from(await part.arrayBuffer())).toEqual(gzipSync("hello").subarray(5, 9));
    expect(server.requests.at(-1)?.headers["accept-encoding"]).toBe("identity");
  });
});

describe("what is for one caller alone", () => {
  it("cookies of a refusal go to the caller whose request it was, and to nobody who shares it", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("no", { "cache-control": "max-age=60", "set-cookie": "a=1" }, "404 Not Found"));
    const fetch = lastGoodFetch(datastore, { clock });
    const responses = [...(await Promise.all([fetch(server.url), fetch(server.url)])), await fetch(server.url)];
    expect(responses.map(({ headers }) => headers.getSetCookie()).toSorted()).toEqual([[], [], ["a=1"]]);
    expect(server.requests).toHaveLength(1);
  });

  it("cookies of a 304 go to the caller as well", async () => {
    const { datastore, clock } = setUp();
    const server = await source((socket, { headers }) => (headers["if-none-match"] ? socket.write(answerBytes("304 Not Modified", { "set-cookie": "b=2" })) : whole("good", { etag: '"1"', "set-cookie": "a=1" })(socket, { method: "", path: "", headers, body: "" })));
    const fetch = lastGoodFetch(datastore, { clock });
    await fetch(server.url);
    const response = await fetch(server.url);
    expect([await response.text(), response.headers.getSetCookie()]).toEqual(["good", ["b=2"]]);
  });
});

describe("other requests in an outage", () => {
  it.each(["503 Down", "no answer"])("a HEAD and a range are answered by the last good answer to GET where the source is broken: %s", async (how) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "x-a": "1" }));
    const fetch = lastGoodFetch(datastore, { clock });
    await fetch(server.url);
    clock.advance(HOUR);
    server.answer = how === "no answer" ? (socket) => socket.resetAndDestroy() : whole("down", {}, how);
    const head = await fetch(server.url, { method: "HEAD" });
    expect([head.status, head.headers.get("x-a"), head.headers.get("cache-status"), await head.text()]).toEqual([200, "1", expect.stringContaining("detail=backup"), ""]);
    const part = await fetch(server.url, { headers: { range: "bytes=0-1" } });
    expect([part.status, await part.text(), part.headers.get("cache-status")]).toEqual([200, "good", expect.stringContaining("detail=backup")]);
  });

  it("a HEAD and a range get what the source says where it only says no, and where nothing stands in", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    const fetch = lastGoodFetch(datastore, { clock });
    const statuses = async (path: string): Promise<number[]> => [(await fetch(server.url + path, { method: "HEAD" })).status, (await fetch(server.url + path, { headers: { range: "bytes=0-1" } })).status];
    await fetch(`${server.url}a`);
    server.answer = (socket, { method }) => socket.write(answerBytes("404 Not Found", { "content-length": 2 }, method === "HEAD" ? "" : "no"));
    expect(await statuses("a")).toEqual([404, 404]);
    server.answer = (socket, { method }) => socket.write(answerBytes("503 Down", { "content-length": 2 }, method === "HEAD" ? "" : "no"));
    expect(await statuses("other")).toEqual([503, 503]);
  });

  it("a HEAD and a range are not answered by what must not stand in", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "must-revalidate" }));
    const fetch = lastGoodFetch(datastore, { clock });
    await fetch(server.url);
    clock.advance(HOUR);
    server.answer = (socket, { method }) => socket.write(answerBytes("503 Down", { "content-length": 2 }, method === "HEAD" ? "" : "no"));
    expect((await fetch(server.url, { method: "HEAD" })).status).toBe(503);
    expect((await fetch(server.url, { headers: { range: "bytes=0-1" } })).status).toBe(503);
  });
});

it("a fetch that takes the place of the platform's own still goes to that for other methods", async () => {
  const { datastore } = setUp();
  const server = await source(whole("good"));
  const platform = globalThis.fetch;
  onTestFinished(() => void (globalThis.fetch = platform));
  globalThis.fetch = lastGoodFetch(datastore);
  expect(await (await fetch(server.url, { method: "POST", body: "x" })).text()).toBe("good");
});

it("what a POST is redirected to is not fresh any more", async () => {
  const { datastore, clock } = setUp();
  const server = await source((socket, request) => {
    if (request.method === "POST") return socket.write(answerBytes("303 See Other", { location: "/b", "content-length": 0 }));
    return whole(`${server.requests.length}`, { "cache-control": "max-age=60" })(socket, request);
  });
  const fetch = lastGoodFetch(datastore, { clock });
  await fetch(`${server.url}b`);
  await fetch(`${server.url}a`, { method: "POST", body: "x" });
  expect(await (await fetch(`${server.url}b`)).text()).toBe("4");
});
