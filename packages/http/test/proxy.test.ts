import { once } from "node:events";
import { createServer, request as ask } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { lastGoodProxy } from "../src/index.ts";
import { BROKEN_ANSWERS } from "./support/broken-answers.mjs";
import { answerBytes, chunks, LAST_CHUNK, type RawAnswer, type RawServer, whole } from "./support/raw-server.mjs";
import { HOUR, SECOND, type Setting, setUp, source } from "./support/setting.ts";

interface Proxied extends Setting {
  readonly upstream: RawServer;
  /** Where the proxy listens. */
  readonly url: string;
}

async function proxied(answer: RawAnswer, path = "", options: Parameters<typeof lastGoodProxy>[2] = {}): Promise<Proxied> {
  const upstream = await source(answer);
  const setting = setUp();
  const server = createServer(lastGoodProxy(setting.datastore, `${upstream.url}${path}`, { clock: setting.clock, ...options }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { ...setting, upstream, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** What the proxy says to the very bytes of a request. */
async function say(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(bytes);
  return await text(socket);
}

const DOWN = whole("down", {}, "503 Service Unavailable");

describe("lastGoodProxy", () => {
  it("a fresh answer comes from the cache, and the last good one stands in", async () => {
    const { url, upstream, clock } = await proxied(whole("good", { "cache-control": "max-age=60", "content-type": "text/plain" }));
    expect(await (await fetch(`${url}/a?b`)).text()).toBe("good");
    clock.advance(20 * SECOND);
    const second = await fetch(`${url}/a?b`);
    expect([await second.text(), second.headers.get("age"), second.headers.get("cache-status"), second.headers.get("via"), second.headers.get("content-length")]).toEqual(["good", "20", "lastgood; hit; ttl=40", "1.1 lastgood", "4"]);
    expect(upstream.requests.map(({ path }) => path)).toEqual(["/a?b"]);
    clock.advance(HOUR);
    upstream.answer = DOWN;
    expect(await (await fetch(`${url}/a?b`)).text()).toBe("good");
  });

  it.each(BROKEN_ANSWERS.filter(({ hangs, title }) => !hangs && !title.includes("redirects") && !title.includes("bomb") && !title.includes("choice") && !title.includes("tenths")).map((answer) => [answer.title, answer] as const))(
    "a client sees nothing of an upstream that %s",
    async (_, { send }) => {
      const { url, upstream } = await proxied(whole("good"));
      await (await fetch(url)).text();
      upstream.answer = send;
      expect(await (await fetch(url)).text()).toBe("good");
    },
  );

  it("the upstream hears who asks and through whom, and nothing of the connection", async () => {
    const { url, upstream } = await proxied(whole("good"));
    await fetch(url, { headers: { "x-a": "1", forwarded: "for=1.2.3.4", via: "1.0 other" } });
    const headers: Readonly<Record<string, string>> = upstream.requests[0]?.headers ?? {};
    expect(headers).toMatchObject({ host: new URL(upstream.url).host, "x-a": "1", via: "1.0 other, 1.1 lastgood", "accept-encoding": expect.stringMatching(/^gzip, deflate, br/) });
    expect(headers["forwarded"]).toBe(`for=1.2.3.4, for=127.0.0.1;host="${new URL(url).host}";proto=http`);
  });

  it("clients of all encodings share one answer, which is decoded", async () => {
    const { url, upstream } = await proxied(whole(gzipSync("good"), { "content-encoding": "gzip", vary: "accept-encoding", "cache-control": "max-age=60" }));
    for (const encoding of ["gzip", "identity", "br"]) {
      const response = await fetch(url, { headers: { "accept-encoding": encoding } });
      expect([await response.text(), response.headers.get("content-encoding"), response.headers.get("content-length")]).toEqual(["good", null, "4"]);
    }
    expect(upstream.requests).toHaveLength(1);
  });

  it("other methods pass through as streams, with their bodies, and what they change is not fresh any more", async () => {
    const { url, upstream } = await proxied((socket, request) => whole(`${request.method} ${request.body}`, { "cache-control": "max-age=60", "set-cookie": "a=b" })(socket, request));
    await fetch(url);
    const response = await fetch(url, { method: "POST", body: "hello" });
    expect([response.status, await response.text(), response.headers.get("cache-status"), response.headers.getSetCookie()]).toEqual([200, "POST hello", "lastgood; fwd=method", ["a=b"]]);
    await fetch(url);
    expect(upstream.requests.map(({ method }) => method)).toEqual(["GET", "POST", "GET"]);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(200);
    expect((await fetch(url, { method: "OPTIONS" })).status).toBe(200);
  });

  it("a large answer flows through, and so does one without a length", async () => {
    const { url, upstream } = await proxied(whole("x".repeat(3_000_000)), "", { maxBytes: 1_000 });
    expect(await (await fetch(url)).text()).toHaveLength(3_000_000);
    upstream.answer = (socket) => socket.write(Buffer.concat([answerBytes("200 OK", { "transfer-encoding": "chunked", "cache-control": "no-store" }), chunks("x".repeat(100_000), 5_000), Buffer.from(LAST_CHUNK)]));
    expect(await (await fetch(url)).text()).toHaveLength(100_000);
  });

  it.each([256, 20_000, 100_000])("a body of %i bytes has the bytes of its source, whatever they are, when it is loaded and when it is kept", async (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index % 256);
    const { url, upstream } = await proxied(whole(bytes, { "cache-control": "max-age=60" }));
    for (let n = 0; n < 3; n++) expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(bytes);
    expect(upstream.requests).toHaveLength(1);
  });

  it("each client sees its own age of a kept answer, and what caches on the way have said once", async () => {
    const { url, clock } = await proxied(whole("good", { "cache-control": "max-age=60", age: "5", via: "1.1 there", "cache-status": "there; hit", "set-cookie": "a=1" }));
    const shown = async (): Promise<unknown> => {
      const { headers } = await fetch(url);
      return ["age", "via", "cache-status", "content-length", "set-cookie"].map((name) => headers.get(name));
    };
    await shown();
    clock.advance(10 * SECOND);
    expect(await shown()).toEqual(["15", "1.1 there, 1.1 lastgood", "there; hit, lastgood; hit; ttl=45", "4", null]);
    clock.advance(20 * SECOND);
    expect(await shown()).toEqual(["35", "1.1 there, 1.1 lastgood", "there; hit, lastgood; hit; ttl=25", "4", null]);
  });

  it("requests of one connection are told apart by all that they say, also by the version that they speak", async () => {
    const { url, upstream } = await proxied((socket, request) => whole(request.headers["x-user"] ?? "nobody", { vary: "x-user", etag: '"1"', "cache-control": "max-age=60" })(socket, request));
    const requests = ["1.1\r\nHost: a\r\nX-User: one", "1.1\r\nHost: a\r\nX-User: two", "1.1\r\nHost: a\r\nX-User: one", "1.1\r\nHost: a\r\nX-User: one\r\nIf-None-Match: \"1\"", ...["1.1", "1.0"].map((version) => `${version}\r\nHost: b\r\nCache-Control: no-cache`)];
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => (heard += String(chunk)));
    for (const [index, request] of requests.entries()) {
      socket.write(`GET / HTTP/${request}\r\n\r\n`);
      await expect.poll(() => heard.split("HTTP/1.1 ").length).toBe(index + 2);
    }
    socket.destroy();
    expect(heard.split("HTTP/1.1 ").slice(1).map((answer) => [answer.slice(0, 3), answer.split("\r\n\r\n")[1]])).toEqual([["200", "one"], ["200", "two"], ["200", "one"], ["304", ""], ["200", "nobody"], ["200", "nobody"]]);
    expect(upstream.requests.map(({ headers }) => [headers["x-user"], headers["via"], headers["forwarded"]])).toEqual([
      ["one", "1.1 lastgood", 'for=127.0.0.1;host="a";proto=http'],
      ["two", "1.1 lastgood", 'for=127.0.0.1;host="a";proto=http'],
      [undefined, "1.1 lastgood", 'for=127.0.0.1;host="b";proto=http'],
      [undefined, "1.0 lastgood", 'for=127.0.0.1;host="b";proto=http'],
    ]);
  });

  it("HEAD has the length of the body and no body", async () => {
    const { url } = await proxied((socket) => socket.write(answerBytes("200 OK", { "content-length": 5, "cache-control": "max-age=60" })));
    for (let n = 0; n < 2; n++) {
      const response = await fetch(url, { method: "HEAD" });
      expect([response.headers.get("content-length"), await response.text()]).toEqual(["5", ""]);
    }
  });

  it("a client that has the answer gets 304", async () => {
    const { url, upstream } = await proxied(whole("good", { etag: '"1"', "cache-control": "max-age=60" }));
    await fetch(url);
    expect(await say(url, 'GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: "1"\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 304 /);
    expect(upstream.requests).toHaveLength(1);
  });

  it("redirects go to the client, who follows them through the proxy", async () => {
    const { url } = await proxied((socket, request) => (request.path === "/" ? socket.write(answerBytes("302 Found", { location: "/there", "content-length": 0 })) : whole("there")(socket, request)));
    expect(await (await fetch(url)).text()).toBe("there");
  });

  it("private answers and those to credentials are not kept for others", async () => {
    const { url, upstream } = await proxied((socket, request) => whole(String(request.headers["authorization"]), { "cache-control": "max-age=60, private" })(socket, request));
    expect(await (await fetch(url, { headers: { authorization: "a" } })).text()).toBe("a");
    expect(await (await fetch(url, { headers: { authorization: "a" } })).text()).toBe("a");
    expect(upstream.requests).toHaveLength(2);
  });

  it("where there is no answer and no backup, the client gets 502, and 504 from an upstream that is slow", async () => {
    const { url, upstream } = await proxied(() => undefined, "", { timeout: 100 });
    expect((await fetch(url)).status).toBe(504);
    await upstream.stop();
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining("ECONNREFUSED")]);
    expect((await fetch(url, { method: "POST" })).status).toBe(502);
  });

  it("a client that hangs up ends its own stream, and nobody else's", async () => {
    const { url, upstream } = await proxied(() => undefined);
    const one = ask(url).on("error", () => undefined);
    one.end();
    await expect.poll(() => upstream.requests.length).toBe(1);
    const two = fetch(url);
    one.destroy();
    upstream.requests.length = 0;
    await new Promise((resolve) => setImmediate(resolve));
    upstream.answer = whole("good");
    await upstream.stop();
    expect((await two).status).toBe(502);
  });

  it("a client that hangs up during a later request of its connection ends that request at the upstream", async () => {
    const { url, upstream } = await proxied(whole("good"));
    const client = connect(Number(new URL(url).port), "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(client, "data");
    const asked = new Promise<Socket>((resolve) => (upstream.answer = (socket) => resolve(socket)));
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    const ended = once(await asked, "close");
    client.destroy();
    await ended;
  });

  it.each([
    ["another host", "GET http://other.example/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["another host by two slashes and a user", "GET @other.example/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["a path out of the upstream's own", "GET /../secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["a path out of the upstream's own, in disguise", "GET /%2e%2e/secret HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["no path at all", "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  ])("a request for %s is refused", async (_, bytes) => {
    const { url, upstream } = await proxied(whole("good"), "base/");
    expect(await say(url, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect(upstream.requests).toEqual([]);
  });

  it("two slashes are a path of the upstream, and no other host", async () => {
    const { url, upstream } = await proxied(whole("good"), "base");
    await say(url, "GET //other.example/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(upstream.requests[0]?.path).toBe("/base//other.example/x");
  });

  it("a request with a larger body than it may have gets 413, whether it says its length or not, and the upstream nothing of it", async () => {
    const { url, upstream } = await proxied(whole("good"), "", { maxRequestBytes: 10 });
    expect((await fetch(url, { method: "POST", body: "x".repeat(10) })).status).toBe(200);
    expect((await fetch(url, { method: "POST", body: "x".repeat(11) })).status).toBe(413);
    expect(await say(url, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n")).toMatch(/^HTTP\/1\.1 413 [^]*more than 10 bytes/);
    expect(upstream.requests).toHaveLength(1);
  });

  it("what a request changes is told, and what another process was told is not fresh any more here", async () => {
    const told: (readonly string[])[] = [];
    const { url, upstream, datastore, clock } = await proxied(whole("good", { "cache-control": "max-age=60", location: "/other" }), "", { onInvalidate: (urls) => void told.push(urls) });
    await fetch(url);
    await fetch(url, { method: "POST", body: "x" });
    expect(told).toEqual([[upstream.url, `${upstream.url}other`]]);
    await fetch(url);
    expect(upstream.requests).toHaveLength(3);
    await lastGoodProxy(datastore, upstream.url, { clock }).invalidate([upstream.url]);
    await fetch(url);
    expect(upstream.requests).toHaveLength(4);
  });

  it("an answer in an encoding that nobody can undo goes to the client as it came, and so does a part", async () => {
    const { url, upstream } = await proxied(whole("uryyb", { "content-encoding": "rot13", "cache-control": "no-store" }));
    const response = await fetch(url);
    expect([response.headers.get("content-encoding"), response.headers.get("content-length"), await response.text()]).toEqual(["rot13", "5", "uryyb"]);
    upstream.answer = whole("el", { "content-range": "bytes 1-2/5" }, "206 Partial Content");
    const part = await fetch(url, { headers: { range: "bytes=1-2" } });
    expect([part.status, part.headers.get("content-range"), part.headers.get("content-length"), await part.text()]).toEqual([206, "bytes 1-2/5", "2", "el"]);
    expect(upstream.requests.at(-1)?.headers["accept-encoding"]).toBe("identity");
  });

  it("CONNECT is refused, and an upgrade is not done", async () => {
    const { url, upstream } = await proxied(whole("good"));
    expect(await say(url, "CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n")).toBe("");
    expect(await say(url, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.requests[0]?.headers).not.toHaveProperty("upgrade");
  });

  it.each([
    ["no URL", "nowhere", /^lastGoodProxy: upstream must be a URL that begins with http/],
    ["a password", "http://u:secret@h/", /^lastGoodProxy: upstream must have no user name/],
    ["a query", "http://h/?a", /^lastGoodProxy: upstream must be without a query/],
  ])("lastGoodProxy refuses an upstream with %s at once", (_, upstream, message) => {
    const { datastore } = setUp();
    expect(() => lastGoodProxy(datastore, upstream)).toThrow(message);
    expect(() => lastGoodProxy(datastore, upstream)).toThrow(/^(?!.*secret)/);
  });
});
