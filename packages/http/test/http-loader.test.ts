import { isDeniedError, isGoneError, type LoadContext } from "@lastgood/core";
import { Agent } from "undici";
import { describe, expect, expectTypeOf, it } from "vitest";
import { HttpError, HttpGone, httpLoader, type HttpLoaderOptions, HttpRefusal, type SchemaOf } from "../src/index.ts";
import { answerBytes, type RawAnswer, whole } from "./support/raw-server.mjs";
import { HOUR, MINUTE, rejectionOf, SECOND, setUp, source, speaker } from "./support/setting.ts";

const text = (response: Response): Promise<string> => response.text();

/** A loader of text whose clock is the datastore's. */
function textOf(url: string, clock: { now(): number }, options: Omit<HttpLoaderOptions<string>, "parse"> = {}): ReturnType<typeof httpLoader<string>> {
  return httpLoader(url, { ...options, parse: text, clock });
}

/** 304 to whoever sends this tag, and a body to all others. */
function tagged(body: string, etag: string, headers: Record<string, string> = {}): RawAnswer {
  return (socket, request) => {
    if (request.headers["if-none-match"] === etag) socket.write(answerBytes("304 Not Modified", { etag, ...headers }));
    else whole(body, { etag, ...headers })(socket, request);
  };
}

describe("the value", () => {
  it("the value is the bytes of the body without parse, and what parse makes of the answer with it", async () => {
    const { datastore } = setUp();
    const server = await source(whole('{"a":1}', { "content-type": "application/json", "x-b": "2" }));
    expect(await datastore.get("bytes", httpLoader(server.url))).toEqual(new Uint8Array(Buffer.from('{"a":1}')));
    const load = httpLoader(server.url, { parse: async (response) => [response.status, response.headers.get("x-b"), response.url, await response.json()] });
    expect(await datastore.get("parsed", load)).toEqual([200, "2", server.url, { a: 1 }]);
  });

  it("the value is the output of a Standard Schema that is given as parse, and has its type", async () => {
    const { datastore } = setUp();
    const server = await source(whole('{"a":1}'));
    const schema: SchemaOf<{ a: number }> = {
      "~standard": { version: 1, vendor: "test", validate: (value) => (typeof value === "object" && value !== null && "a" in value ? { value: { a: Number(value.a) + 1 } } : { issues: [{ message: "no a" }] }) },
    };
    const load = httpLoader(server.url, { parse: schema });
    const value = await datastore.get("key", load);
    expectTypeOf(value).toEqualTypeOf<{ a: number }>();
    expect(value).toEqual({ a: 2 });
    server.answer = whole('{"b":1}');
    expect(await datastore.get("key", load, 0)).toEqual({ a: 2 });
    await expect(datastore.get("other", load, 0)).rejects.toThrow(`the answer of ${server.url} is not valid: no a`);
  });

  it("the value is refused by validate, whether a function or a Standard Schema: a load that failed", async () => {
    const { datastore } = setUp();
    const server = await source(whole("good"));
    const refusing: HttpLoaderOptions<string>["validate"][] = [
      (value: string) => value !== "bad",
      (value: string) => {
        if (value === "bad") throw new Error("bad");
      },
      { "~standard": { version: 1, vendor: "test", validate: (value) => (value === "bad" ? { issues: [{ message: "bad" }] } : { value: String(value) }) } },
    ];
    for (const [index, validate] of refusing.entries()) {
      server.answer = whole("good");
      const load = httpLoader(server.url, { parse: text, validate });
      await datastore.get(String(index), load, 0);
      server.answer = whole("bad");
      expect(await datastore.getResult(String(index), load, 0)).toMatchObject({ value: "good", source: "backup" });
    }
  });

  it("the value is a load that failed if parse throws, with the error of parse", async () => {
    const { datastore } = setUp();
    const server = await source(whole("no JSON"));
    expect(await rejectionOf(datastore.get("key", httpLoader(server.url, { parse: (response) => response.json() })))).toBeInstanceOf(SyntaxError);
  });

  it("the value has no body after a HEAD and with status 204", async () => {
    const { datastore } = setUp();
    const server = await source((socket, { method }) => socket.write(answerBytes(method === "HEAD" ? "200 OK" : "204 No Content", { "content-length": method === "HEAD" ? 10 : 0, "x-a": "1" })));
    const parse = async (response: Response): Promise<string> => `${response.status} ${response.headers.get("x-a")} ${await response.text()}`;
    expect(await datastore.get("head", httpLoader(server.url, { method: "HEAD", parse }))).toBe("200 1 ");
    expect(await datastore.get("empty", httpLoader(server.url, { parse }))).toBe("204 1 ");
  });
});

describe("the request", () => {
  it("the request says who asks and what it can decode, and sends the headers that it is given", async () => {
    const { datastore } = setUp();
    const server = await source(whole("good"));
    await datastore.get("a", httpLoader(server.url));
    expect(server.requests[0]?.headers).toMatchObject({ accept: "*/*", "user-agent": "lastgood", "accept-encoding": expect.stringMatching(/^gzip, deflate, br/) });
    await datastore.get("b", httpLoader(server.url, { headers: { Accept: "text/plain", "X-Key": "k" } }));
    expect(server.requests[1]?.headers).toMatchObject({ accept: "text/plain", "x-key": "k" });
    let token = 0;
    const load = httpLoader(server.url, { headers: async () => [["authorization", `Bearer ${++token}`]] });
    await datastore.get("c", load, 0);
    await datastore.get("c", load, 0);
    expect(server.requests.slice(2).map(({ headers }) => headers["authorization"])).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("the request goes through the dispatcher that it is given", async () => {
    const { datastore } = setUp();
    const server = await source(whole("good"));
    const agent = new Agent();
    const asked: string[] = [];
    const dispatcher = agent.compose((dispatch) => (options, handler) => (asked.push(options.path), dispatch(options, handler)));
    await datastore.get("key", httpLoader(`${server.url}a?b`, { dispatcher }));
    expect(asked).toEqual(["/a?b"]);
    await agent.close();
  });

  it("the request is aborted with its load", async () => {
    const { datastore } = setUp();
    let isClosed = false;
    const server = await source((socket) => void socket.on("close", () => (isClosed = true)));
    await expect(datastore.get("key", httpLoader(server.url), { timeout: 50 })).rejects.toMatchObject({ code: "LOAD_TIMEOUT" });
    await expect.poll(() => isClosed).toBe(true);
  });

  it("the request asks with the conditions of a cache, and without the Cache-Control that Express takes for a wish", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { etag: '"1"', "last-modified": "Mon, 05 Jan 2026 10:00:00 GMT" }));
    await datastore.get("key", textOf(server.url, clock), 0);
    await datastore.get("key", textOf(server.url, clock), 0);
    const { headers } = server.requests[1] ?? { headers: {} };
    expect(headers).toMatchObject({ "if-none-match": '"1"', "if-modified-since": "Mon, 05 Jan 2026 10:00:00 GMT" });
    expect(headers).not.toHaveProperty("cache-control");
    expect(headers).not.toHaveProperty("pragma");
  });
});

describe("a 304", () => {
  it("a 304 renews the last good value, and its own validators take the place of the old ones", async () => {
    const { datastore, clock } = setUp();
    const server = await source(tagged("good", '"1"'));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    server.answer = (socket) => socket.write(answerBytes("304 Not Modified", { etag: '"2"', "last-modified": "Mon, 05 Jan 2026 10:00:00 GMT", "cache-control": "max-age=60" }));
    clock.advance(5 * MINUTE);
    expect(await datastore.getResult("key", load, "5m")).toMatchObject({ value: "good", source: "loader", stale: false });
    clock.advance(59 * SECOND);
    expect(await datastore.getResult("key", load, "5m")).toMatchObject({ value: "good", source: "cache" });
    clock.advance(SECOND);
    server.answer = tagged("good", '"2"');
    expect(await datastore.getResult("key", load, "5m")).toMatchObject({ value: "good", source: "loader", stale: false });
    expect(server.requests.at(-1)?.headers).toMatchObject({ "if-none-match": '"2"', "if-modified-since": "Mon, 05 Jan 2026 10:00:00 GMT" });
  });

  it("a 304 keeps what it does not say: the freshness of the first answer holds for the second", async () => {
    const { datastore, clock } = setUp();
    const server = await source((socket, request) =>
      request.headers["if-none-match"] ? socket.write(answerBytes("304 Not Modified")) : whole("good", { etag: '"1"', "cache-control": "max-age=10" })(socket, request),
    );
    const load = textOf(server.url, clock);
    for (const count of [1, 2, 3]) {
      await datastore.get("key", load, "5m");
      clock.advance(9 * SECOND);
      await datastore.get("key", load, "5m");
      expect(server.requests).toHaveLength(count);
      clock.advance(SECOND);
    }
    expect(server.requests[2]?.headers["if-none-match"]).toBe('"1"');
  });

  it("a 304 that says nothing new has nothing written again", async () => {
    let writes = 0;
    const { datastore, clock } = setUp();
    datastore.on("backupWritten", () => writes++);
    const server = await source(tagged("good", '"1"', { date: "Mon, 05 Jan 2026 10:00:00 GMT" }));
    for (let n = 0; n < 5; n++) {
      await datastore.get("key", textOf(server.url, clock), "5m");
      clock.advance(5 * MINUTE);
    }
    expect(server.requests).toHaveLength(5);
    expect(writes).toBe(1);
  });

  it("a 304 is asked only of the URL that the last good value came from: a redirect that changes its mind brings the new body", async () => {
    const { datastore, clock } = setUp();
    const modified = { "last-modified": "Mon, 05 Jan 2026 10:00:00 GMT" };
    let target = "/b";
    const server = await source((socket, request) => {
      if (request.path === "/latest") socket.write(answerBytes("302 Found", { location: target, "content-length": 0 }));
      else if (request.headers["if-modified-since"]) socket.write(answerBytes("304 Not Modified", modified));
      else whole(`body of ${request.path}`, modified)(socket, request);
    });
    const load = textOf(`${server.url}latest`, clock);
    expect(await datastore.get("key", load, 0)).toBe("body of /b");
    expect(await datastore.get("key", load, 0)).toBe("body of /b");
    expect(server.requests.at(-1)?.headers).toHaveProperty("if-modified-since");
    target = "/a";
    expect(await datastore.get("key", load, 0)).toBe("body of /a");
    expect(server.requests.map(({ path, headers }) => [path, "if-modified-since" in headers])).toEqual([
      ["/latest", false],
      ["/b", false],
      ["/latest", false],
      ["/b", true],
      ["/latest", false],
      ["/a", false],
    ]);
  });

  it.each([
    ["another URL is loaded under the same key", (url: string) => ({ url: `${url}other` })],
    ["the credentials are others", (url: string) => ({ url, headers: { authorization: "Bearer b" } })],
    ["a header is another that Vary names", (url: string) => ({ url, headers: { "accept-language": "de" } })],
  ])("a 304 is not asked for where %s", async (_, other) => {
    const { datastore, clock } = setUp();
    const server = await source(tagged("good", '"1"', { vary: "Accept-Language" }));
    await datastore.get("key", textOf(server.url, clock, { headers: { "accept-language": "en" } }), 0);
    const { url, headers = { "accept-language": "en" } } = other(server.url) as { url: string; headers?: Record<string, string> };
    await datastore.get("key", textOf(url, clock, { headers }), 0);
    expect(server.requests[1]?.headers).not.toHaveProperty("if-none-match");
  });

  it("a 304 is not asked for about a value that validate refuses today", async () => {
    const { datastore, clock } = setUp();
    const server = await source(tagged("old", '"1"'));
    await datastore.get("key", textOf(server.url, clock), 0);
    await rejectionOf(datastore.get("other", textOf(server.url, clock, { validate: (value) => value !== "old" }), 0));
    await datastore.get("key", textOf(server.url, clock, { validate: (value) => value !== "old" }), 0);
    expect(server.requests.at(-1)?.headers).not.toHaveProperty("if-none-match");
  });

  it("a 304 is asked for after a restart as well", async () => {
    const { datastore, clock, restart } = setUp();
    const server = await source(tagged("good", '"1"'));
    await datastore.get("key", textOf(server.url, clock));
    const restarted = restart();
    expect(await restarted.getResult("key", textOf(server.url, clock))).toMatchObject({ value: "good", source: "loader" });
    expect(server.requests[1]?.headers["if-none-match"]).toBe('"1"');
    await restarted.close();
  });
});

describe("freshness", () => {
  it.each([
    ["max-age", { "cache-control": "max-age=60" }, 60],
    ["max-age less Age", { "cache-control": "max-age=60", age: "50" }, 10],
    ["max-age=0", { "cache-control": "max-age=0" }, 0],
    ["no-cache", { "cache-control": "no-cache" }, 0],
    ["Expires, counted from Date", { date: "Mon, 05 Jan 2026 10:00:00 GMT", expires: "Mon, 05 Jan 2026 10:01:00 GMT" }, 60],
    ["an Expires that is no date", { expires: "0" }, 0],
    ["max-age before Expires", { "cache-control": "max-age=60", expires: "0" }, 60],
    ["nothing: the ttl", {}, 300],
    ["max-age=3600: the ttl, which is the upper bound", { "cache-control": "max-age=3600" }, 300],
    ["immutable: the ttl, which is the upper bound", { "cache-control": "immutable" }, 300],
    ["s-maxage, which is for shared caches: the ttl", { "cache-control": "s-maxage=60" }, 300],
    ["a max-age that is no number", { "cache-control": "max-age=soon" }, 0],
  ])("freshness follows %s", async (_, headers, seconds) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", headers as Record<string, string>));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    clock.advance(seconds * SECOND - 1);
    if (seconds > 0) await datastore.get("key", load, "5m");
    expect(server.requests).toHaveLength(1);
    clock.advance(1);
    await datastore.get("key", load, "5m");
    expect(server.requests).toHaveLength(2);
  });

  it("freshness follows s-maxage where several users share the store", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "s-maxage=60, max-age=10" }));
    const load = textOf(server.url, clock, { shared: true });
    await datastore.get("key", load, "5m");
    clock.advance(59 * SECOND);
    await datastore.get("key", load, "5m");
    expect(server.requests).toHaveLength(1);
  });

  it("freshness of a redirect bounds that of the answer that it leads to", async () => {
    const { datastore, clock } = setUp();
    const server = await source((socket, request) =>
      request.path === "/" ? socket.write(answerBytes("302 Found", { location: "/x", "content-length": 0, "cache-control": "max-age=10" })) : whole("good", { "cache-control": "max-age=60" })(socket, request),
    );
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    clock.advance(10 * SECOND);
    await datastore.get("key", load, "5m");
    expect(server.requests).toHaveLength(4);
  });
});

describe("a source that is broken", () => {
  it.each([
    ["in seconds", () => "60"],
    ["as a date", (now: number) => new Date(now + 60 * SECOND).toUTCString()],
  ])("a broken source says with Retry-After %s how long the backup stands in", async (_, retryAfter) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    clock.advance(5 * MINUTE);
    server.answer = whole("", { "retry-after": retryAfter(clock.now()) }, "503 Service Unavailable");
    expect(await datastore.getResult("key", load, "5m")).toMatchObject({ value: "good", source: "backup" });
    clock.advance(60 * SECOND - 1);
    expect(await datastore.getResult("key", load, "5m")).toMatchObject({ source: "cache", stale: true });
    expect(server.requests).toHaveLength(2);
    clock.advance(1);
    await datastore.get("key", load, "5m");
    expect(server.requests).toHaveLength(3);
  });

  it("a broken source that asks for a year is asked again after a day", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    await datastore.get("key", textOf(server.url, clock), 0);
    server.answer = whole("", { "retry-after": String(365 * 86_400) }, "429 Too Many Requests");
    await datastore.get("key", textOf(server.url, clock), 0);
    clock.advance(24 * HOUR);
    await datastore.get("key", textOf(server.url, clock), 0);
    expect(server.requests).toHaveLength(3);
  });

  it.each([
    ["nobody listens", "http://127.0.0.1:1/", /ECONNREFUSED/],
    ["the name has no address", "http://nowhere.invalid/", /ENOTFOUND|EAI_AGAIN/],
  ])("a broken source is a failed load if %s, and its cause says so", async (_, url, why) => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.get("key", httpLoader(url)));
    expect(error).toBeInstanceOf(HttpError);
    expect(error).toMatchObject({ status: undefined, message: expect.stringMatching(why), cause: expect.any(Error) });
  });

  it("a broken source is a failed load if it speaks no TLS, and its cause says so", async () => {
    const { datastore } = setUp();
    const server = await speaker("220 mail.example ESMTP\r\n");
    const error = await rejectionOf(datastore.get("key", httpLoader(server.replace("http:", "https:"))));
    expect(error).toMatchObject({ name: "HttpError", message: expect.stringMatching(/SSL|EPROTO|wrong version|packet length/i), cause: expect.any(Error) });
  });

  it("an error shows no query and no credentials", async () => {
    const { datastore } = setUp();
    const server = await source(whole("", {}, "500 Broken"));
    const error = await rejectionOf(datastore.get("key", httpLoader(`${server.url}path?key=secret#part`)));
    expect(error).toMatchObject({ status: 500, url: `${server.url}path`, message: `GET ${server.url}path answered with HTTP status 500 Broken` });
  });

  it("a broken source may be one whose 404 says so", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    const load = textOf(server.url, clock, { fallbackOn: [404, 410] });
    await datastore.get("key", load, 0);
    for (const status of ["404 Not Found", "410 Gone"]) {
      server.answer = whole("", {}, status);
      expect(await datastore.getResult("key", load, 0)).toMatchObject({ value: "good", stale: true });
    }
  });
});

describe("answerOn", () => {
  it("answerOn makes the body of another status an answer like any other", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("no such page", {}, "404 Not Found"));
    const load = textOf(server.url, clock, { answerOn: [404] });
    expect(await datastore.get("key", load, 0)).toBe("no such page");
    server.answer = whole("", {}, "503 Service Unavailable");
    expect(await datastore.getResult("key", load, 0)).toMatchObject({ value: "no such page", stale: true });
  });
});

describe("a source that says no", () => {
  it.each([401, 403, 404, 400, 418, 451])("a source that says no is taken at its word for status %i: no backup stands in, and it is kept", async (status) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, 0);
    server.answer = whole("", {}, `${status} No`);
    const error = await rejectionOf(datastore.get("key", load, 0));
    expect(error).toBeInstanceOf(HttpRefusal);
    expect(isDeniedError(error)).toBe(true);
    expect(error).toMatchObject({ status, url: server.url });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });

  it("a source that says no is taken at its word for status 410: the backup is deleted", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, 0);
    server.answer = whole("", {}, "410 Gone");
    const error = await rejectionOf(datastore.get("key", load, 0));
    expect(error).toBeInstanceOf(HttpGone);
    expect(isGoneError(error)).toBe(true);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

describe("what a source says about keeping", () => {
  const down = whole("", {}, "503 Service Unavailable");

  it("no-store is obeyed: the caller gets the answer, and nothing is kept", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("secret", { "cache-control": "no-store" }));
    expect(await datastore.get("key", textOf(server.url, clock))).toBe("secret");
    expect(await datastore.peekBackup("key")).toBeUndefined();
    await datastore.get("key", textOf(server.url, clock));
    expect(server.requests).toHaveLength(2);
  });

  it("private is obeyed where several users share the store, and kept where one has it", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("mine", { "cache-control": "private" }));
    await datastore.get("shared", textOf(server.url, clock, { shared: true }));
    await datastore.get("own", textOf(server.url, clock));
    expect(await datastore.peekBackup("shared")).toBeUndefined();
    expect(await datastore.peekBackup("own")).toMatchObject({ value: "mine" });
  });

  it.each([
    ["authorization", {}, false],
    ["cookie", {}, false],
    ["authorization", { "cache-control": "public" }, true],
    ["cookie", { "cache-control": "public" }, true],
    ["authorization", { "cache-control": "s-maxage=60" }, true],
    ["cookie", { "cache-control": "max-age=60" }, false],
  ] as const)("an answer to a request with %s and the answer's headers %j is kept for all users: %s", async (name, headers, isKept) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("mine", headers as Record<string, string>));
    await datastore.get("key", textOf(server.url, clock, { shared: true, headers: { [name]: "secret" } }));
    expect((await datastore.peekBackup("key")) !== undefined).toBe(isKept);
  });

  it.each(["must-revalidate", "no-cache", "stale-if-error=0", "max-age=10, must-revalidate", "max-age=10, stale-if-error=0"])("%s is obeyed: once it is stale, the answer does not stand in", async (rule) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": rule }));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    server.answer = down;
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", load, "5m"))).toBeInstanceOf(HttpError);
    expect(await rejectionOf(datastore.get("key", load, { ttl: "5m", timeout: "30s" }))).toBeInstanceOf(HttpError);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });

  it("must-revalidate is obeyed where the source is silent as well", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "must-revalidate" }));
    await datastore.get("key", textOf(server.url, clock), 0);
    server.answer = () => undefined;
    clock.advance(5 * MINUTE);
    await expect(datastore.get("key", textOf(server.url, clock), { ttl: 0, timeout: 50 })).rejects.toMatchObject({ code: "LOAD_TIMEOUT" });
  });

  it("must-revalidate lets an answer stand in that is still fresh", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "max-age=3600, must-revalidate" }));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    server.answer = down;
    clock.advance(HOUR);
    expect(await datastore.get("key", load, "5m")).toBe("good");
    clock.advance(1);
    expect(await rejectionOf(datastore.get("key", load, 0))).toBeInstanceOf(HttpError);
  });

  it("stale-if-error bounds for how long the answer stands in, counted from when it is stale, also after a 304", async () => {
    const { datastore, clock } = setUp();
    const server = await source(tagged("good", '"1"', { "cache-control": "max-age=60, stale-if-error=600" }));
    const load = textOf(server.url, clock);
    await datastore.get("key", load, "5m");
    clock.advance(HOUR);
    await datastore.get("key", load, "5m");
    server.answer = down;
    clock.advance(660 * SECOND);
    expect(await datastore.get("key", load, "5m")).toBe("good");
    clock.advance(1);
    expect(await rejectionOf(datastore.get("key", load, "5m"))).toBeInstanceOf(HttpError);
  });

  it("nothing bounds it where the source says nothing", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "max-age=60" }));
    await datastore.get("key", textOf(server.url, clock), "5m");
    server.answer = down;
    clock.advance(10 * 24 * HOUR);
    expect(await datastore.get("key", textOf(server.url, clock), "5m")).toBe("good");
  });

  it("obey: false keeps all, lets all stand in, and notes what was not obeyed", async () => {
    const { datastore, clock } = setUp();
    const rules = "no-store, no-cache, must-revalidate, stale-if-error=0, private";
    const server = await source(whole("good", { "cache-control": rules }));
    const load = textOf(server.url, clock, { obey: false });
    await datastore.get("key", load, 0);
    server.answer = down;
    clock.advance(HOUR);
    expect(await datastore.getResult("key", load, 0)).toMatchObject({ value: "good", source: "backup", metadata: { disobeyed: "no-store, no-cache, must-revalidate, stale-if-error=0" } });
  });

  it("what was kept by one who did not obey does not stand in for one who does", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "cache-control": "must-revalidate" }));
    await datastore.get("key", textOf(server.url, clock, { obey: false }), 0);
    server.answer = down;
    clock.advance(HOUR);
    expect(await rejectionOf(datastore.get("key", textOf(server.url, clock), 0))).toBeInstanceOf(HttpError);
    expect(await datastore.get("key", textOf(server.url, clock, { obey: false }), 0)).toBe("good");
  });

  it("no cookie that is set is kept, nor anything of the connection", async () => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good", { "set-cookie": "a=secret", etag: '"1"', connection: "keep-alive, x-hop", "x-hop": "hop" }));
    await datastore.get("key", textOf(server.url, clock));
    expect(JSON.stringify(await datastore.peekBackup("key"))).not.toMatch(/secret|x-hop/);
  });
});

describe("redirects", () => {
  const elsewhere = (location: string, status = "302 Found"): RawAnswer => (socket) => socket.write(answerBytes(status, { location, "content-length": 0 }));

  it.each(["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])("redirects are followed for status %s, relative to the URL that sends them", async (status) => {
    const { datastore } = setUp();
    const server = await source((socket, request) => (request.path === "/a/b" ? elsewhere("../c?d", status)(socket, request) : whole(request.path)(socket, request)));
    expect(await datastore.get("key", httpLoader(`${server.url}a/b`, { parse: text }))).toBe("/c?d");
  });

  it("redirects carry credentials within an origin, and to no other", async () => {
    const { datastore } = setUp();
    const other = await source(whole("other"));
    const server = await source((socket, request) => elsewhere(request.path === "/" ? "/again" : other.url)(socket, request));
    const headers = { authorization: "Bearer secret", cookie: "a=secret", "x-harmless": "yes" };
    expect(await datastore.get("key", httpLoader(server.url, { parse: text, headers }))).toBe("other");
    expect(server.requests[1]?.headers).toMatchObject(headers);
    expect(other.requests[0]?.headers).toMatchObject({ "x-harmless": "yes" });
    expect(JSON.stringify(other.requests[0]?.headers)).not.toContain("secret");
  });

  it("redirects are followed as often as follow says", async () => {
    const { datastore } = setUp();
    const server = await source((socket, request) => (request.path.length < 4 ? elsewhere(`${request.path}x`)(socket, request) : whole("there")(socket, request)));
    expect(await datastore.get("a", httpLoader(server.url, { parse: text, follow: 3 }))).toBe("there");
    await expect(datastore.get("b", httpLoader(server.url, { follow: 2 }))).rejects.toThrow(/redirects more than 2 times/);
    await expect(datastore.get("c", httpLoader(server.url, { follow: 0 }))).rejects.toThrow(/redirects more than 0 times/);
  });
});

describe("what httpLoader refuses", () => {
  it.each<[what: string, args: readonly unknown[], message: RegExp]>([
    ["no URL", [5], /^httpLoader: url must be a URL; got 5$/],
    ["text that is no URL", ["nowhere"], /^httpLoader: url must be one that begins with http:\/\/ or https:\/\/; got "nowhere"$/],
    ["a URL of another scheme", ["file:///etc/passwd"], /^httpLoader: url must be one that begins with/],
    ["a URL with a password", ["http://u:secret@h/"], /^httpLoader: url must have no user name or password/],
    ["an option that there is not", ["http://h/", { ttl: 5 }], /^httpLoader: options must be among .*; got "ttl"$/],
    ["another method", ["http://h/", { method: "POST" }], /^httpLoader: method must be "GET" or "HEAD"; got "POST"$/],
    ["headers that are none", ["http://h/", { headers: 5 }], /^httpLoader: headers must be an object of strings, or a function that returns one; got 5$/],
    ["a header that cannot be sent", ["http://h/", { headers: { a: "b\nc" } }], /^httpLoader: headers must be names and values of HTTP/],
    ["a condition", ["http://h/", { headers: { "If-None-Match": "x" } }], /^httpLoader: headers must not have "if-none-match"/],
    ["a range", ["http://h/", { headers: { Range: "bytes=0-4" } }], /^httpLoader: headers must not have "range"/],
    ["a parse that is none", ["http://h/", { parse: "json" }], /^httpLoader: parse must be a function or a Standard Schema; got "json"$/],
    ["a validate that is none", ["http://h/", { validate: true }], /^httpLoader: validate must be a function or a Standard Schema; got true$/],
    ["statuses that are none", ["http://h/", { fallbackOn: 404 }], /^httpLoader: fallbackOn must be a list of statuses, such as \[404\]; got 404$/],
    ["a status that is none", ["http://h/", { fallbackOn: [404, 4] }], /^httpLoader: fallbackOn\[1\] must be a whole number from 200 to 599; got 4$/],
    ["a status that is an answer and broken", ["http://h/", { fallbackOn: [404], answerOn: [404] }], /^httpLoader: answerOn must be without the statuses of fallbackOn; got 404$/],
    ["obey that is none", ["http://h/", { obey: "yes" }], /^httpLoader: obey must be true or false; got "yes"$/],
    ["follow below zero", ["http://h/", { follow: -1 }], /^httpLoader: follow must be a whole number from 0 on; got -1$/],
    ["no bytes at all", ["http://h/", { maxBytes: 0 }], /^httpLoader: maxBytes must be a whole number from 1 on; got 0$/],
    ["a dispatcher that is none", ["http://h/", { dispatcher: {} }], /^httpLoader: dispatcher must be a Dispatcher of undici, such as new Agent\(\); got an object$/],
    ["a clock that is none", ["http://h/", { clock: 5 }], /^httpLoader: clock must be an object with a function now\(\)/],
  ])("httpLoader refuses %s at once, and says what is wrong", (_, args, message) => {
    expect(() => Reflect.apply(httpLoader, undefined, args)).toThrow(message);
    expect(() => Reflect.apply(httpLoader, undefined, args)).toThrow(/^(?!.*secret)/);
  });

  it("a load refuses headers of a function when it returns them", async () => {
    const { datastore } = setUp();
    await expect(datastore.get("key", httpLoader("http://127.0.0.1:1/", { headers: () => ({ range: "bytes=0-4" }) }))).rejects.toThrow(/must not have "range"/);
  });

  it("httpLoader makes a loader of core", async () => {
    const load = httpLoader("http://127.0.0.1:1/");
    expectTypeOf(load).parameter(0).toEqualTypeOf<LoadContext>();
  });
});
