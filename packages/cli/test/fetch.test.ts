import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Outcome, type Sandbox, sandbox } from "./support/sandbox.ts";
import { body, serve, status } from "./support/server.ts";

async function fetchFeed(box: Sandbox, url: string, ...options: readonly string[]): Promise<Outcome> {
  return await box.lastgood("fetch", "--key", "feed", ...options, url);
}

/** Stores a backup, with nothing cached. */
async function keepFeed(box: Sandbox, url: string): Promise<void> {
  await fetchFeed(box, url, "--ttl", "0");
}

describe("fetch", () => {
  it("fetch prints the body of a URL, and stores it under the URL", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    const { stdout, stderr, code } = await box.lastgood("fetch", `${server.url}#part`);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toBe(`lastgood: ${server.url}: loaded now\n`);
    expect(code).toBe(0);
    expect(String((await box.lastgood("peek", server.url)).stdout)).toBe("hello\n");
  });

  it("fetch answers from the cache while the body is fresh, and makes no request", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    await fetchFeed(box, server.url);
    expect(String((await fetchFeed(box, server.url)).stdout)).toBe("hello\n");
    expect(server.requests).toHaveLength(1);
  });

  it("fetch keeps every byte of a body", async () => {
    const box = await sandbox();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const server = await serve(body(bytes));
    expect((await fetchFeed(box, server.url)).stdout).toEqual(bytes);
    await server.stop();
    await box.expire();
    expect((await fetchFeed(box, server.url)).stdout).toEqual(bytes);
  });

  it("fetch follows redirects, and decompresses bodies", async () => {
    const box = await sandbox();
    const packed = body(gzipSync("hello\n"), { "content-encoding": "gzip" });
    const server = await serve((request, response) => {
      if (request.url === "/feed") status(302, { location: "/elsewhere" })(request, response);
      else packed(request, response);
    });
    expect(String((await fetchFeed(box, server.url)).stdout)).toBe("hello\n");
  });

  it("fetch names itself and its version in the User-Agent", async () => {
    const box = await sandbox();
    const server = await serve(body("hello"));
    await fetchFeed(box, server.url);
    expect(server.requests[0]?.headers["user-agent"]).toMatch(/^lastgood\/\d+\.\d+\.\d+/);
  });
});

describe("fetch, as it got URLs wrong before", () => {
  it("keeps no body of gzip that is cut in half, though its length is right", async () => {
    const box = await sandbox();
    const packed = gzipSync("hello ".repeat(1_000));
    const server = await serve(body(packed, { "content-encoding": "gzip" }));
    await keepFeed(box, server.url);
    server.answer = body(packed.subarray(0, packed.length / 2), { "content-encoding": "gzip" });
    const { stdout, stderr } = await fetchFeed(box, server.url);
    expect(String(stdout)).toBe("hello ".repeat(1_000));
    expect(stderr).toContain(": body broke off: unexpected end of file\n");
  });

  it("does not ask the new target of a redirect about the body of the old one", async () => {
    const box = await sandbox();
    const modified = { "last-modified": "Mon, 05 Jan 2026 10:00:00 GMT" };
    let target = "/b";
    const server = await serve((request, response) => {
      if (request.url === "/feed") status(302, { location: target })(request, response);
      else if (request.headers["if-modified-since"] !== undefined) response.writeHead(304, modified).end();
      else body(`body of ${request.url}`, modified)(request, response);
    });
    await keepFeed(box, server.url);
    target = "/a";
    expect(String((await fetchFeed(box, server.url)).stdout)).toBe("body of /a");
  });

  it("sends conditions without Cache-Control: no-cache, so that Express answers 304", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { etag: '"1"' }));
    await keepFeed(box, server.url);
    await fetchFeed(box, server.url);
    expect(server.requests[1]?.headers).toHaveProperty("if-none-match", '"1"');
    expect(server.requests[1]?.headers).not.toHaveProperty("cache-control");
  });

  it("sends the validators of a 304 next time", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { etag: '"1"' }));
    await keepFeed(box, server.url);
    server.answer = status(304, { etag: '"2"' });
    await keepFeed(box, server.url);
    await keepFeed(box, server.url);
    expect(server.requests[2]?.headers["if-none-match"]).toBe('"2"');
  });
});

describe("fetch, with options of HTTP", () => {
  it("sends the headers that --header names", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    await fetchFeed(box, server.url, "--header", "Accept: text/plain", "--header", "X-Key:  a:b ");
    expect(server.requests[0]?.headers).toMatchObject({ accept: "text/plain", "x-key": "a:b" });
  });

  it("carries no credentials to another origin", async () => {
    const box = await sandbox();
    const other = await serve(body("other\n"));
    const server = await serve(status(302, { location: other.url }));
    await fetchFeed(box, server.url, "--header", "Authorization: secret");
    expect(server.requests[0]?.headers.authorization).toBe("secret");
    expect(other.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("prints the status and the headers with --method HEAD, under a key of its own", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { "x-a": "1" }));
    const { stdout } = await box.lastgood("fetch", "--method", "head", server.url);
    expect(String(stdout)).toMatch(/^HTTP 200 OK\n(?:.*\n)*x-a: 1\n/);
    expect(server.requests[0]?.method).toBe("HEAD");
    expect(String((await box.lastgood("fetch", server.url)).stdout)).toBe("hello\n");
  });

  it("follows as many redirects as --follow says", async () => {
    const box = await sandbox();
    const server = await serve((request, response) => (request.url === "/feed" ? status(302, { location: "/there" }) : body("there\n"))(request, response));
    expect(String((await fetchFeed(box, server.url, "--follow", "1")).stdout)).toBe("there\n");
    const { stderr, code } = await box.lastgood("fetch", "--key", "other", "--follow", "0", server.url);
    expect(stderr).toContain(": it redirects more than 0 times\n");
    expect(code).toBe(1);
  });

  it("takes the statuses of --ok-status for answers", async () => {
    const box = await sandbox();
    const server = await serve(status(404));
    const { stdout, stderr, code } = await fetchFeed(box, server.url, "--ok-status", "404,410");
    expect([String(stdout), stderr, code]).toEqual(["a page about 404", "lastgood: feed: loaded now\n", 0]);
  });

  it("obeys with --obey what the server says about caching, and without it does not", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { "cache-control": "no-store" }));
    await fetchFeed(box, server.url, "--obey");
    expect((await box.lastgood("peek", "feed")).code).toBe(1);
    server.answer = body("hello\n", { "cache-control": "max-age=0, must-revalidate" });
    await fetchFeed(box, server.url);
    await fetchFeed(box, server.url);
    expect(server.requests).toHaveLength(2);
    await box.expire();
    server.answer = status(500);
    expect(String((await fetchFeed(box, server.url)).stdout)).toBe("hello\n");
    await box.expire();
    expect((await fetchFeed(box, server.url, "--obey")).code).toBe(1);
  });

  it("lets a backup stand in for as long as Retry-After says", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    await keepFeed(box, server.url);
    server.answer = status(503, { "retry-after": "600" });
    expect((await fetchFeed(box, server.url)).stderr).toMatch(/stands in for 10m: HTTP status 503/);
  });

  it.each([
    [["--method", "POST"], "--method is \"POST\", and can be GET or HEAD: other methods change things"],
    [["--follow", "-1"], "--follow"],
    [["--follow", "many"], "--follow \"many\" is not a whole number from 0 to 999"],
    [["--ok-status", "40"], "--ok-status \"40\" is not a list of HTTP statuses"],
    [["--header", "secret"], "a --header cannot be read: write a name, a colon and a value, such as 'Accept: text/plain'"],
    [["--header", "If-None-Match: secret"], "--header If-None-Match cannot be sent"],
  ])("refuses %j, and shows no value of a header", async (options, message) => {
    const box = await sandbox();
    const { stderr, code } = await box.lastgood("fetch", ...options, "http://127.0.0.1:1/");
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("secret");
    expect(code).toBe(2);
  });
});

describe("fetch, when the URL fails", () => {
  it.each<[what: string, answer: Parameters<typeof serve>[0], why: string | RegExp]>([
    ["answers 500", status(500), "HTTP status 500 Internal Server Error"],
    ["answers 404", status(404), "HTTP status 404 Not Found"],
    ["answers 304 without having been asked", status(304), "HTTP status 304 Not Modified"],
    ["answers with a part of the body", status(206), "HTTP status 206 Partial Content"],
    ["answers with no body", status(204), "output was refused: it is empty (--allow-empty accepts that)"],
    ["answers with an empty body", body(""), "output was refused: it is empty (--allow-empty accepts that)"],
    ["answers with a page in place of the feed", body("<html>"), "output was refused: it does not match --match"],
    ["hangs up", (_, response) => response.socket?.destroy(), "other side closed"],
    ["redirects for ever", status(302, { location: "/feed" }), "it redirects more than 20 times"],
    [
      "breaks off a body of known length",
      (_, response) => response.writeHead(200, { "content-length": 100 }).write("hello", () => response.socket?.destroy()),
      "body broke off: other side closed",
    ],
    [
      "breaks off a body of unknown length",
      (_, response) => void response.write("hello", () => response.socket?.destroy()),
      "body broke off: other side closed",
    ],
  ])("fetch answers from the backup when the URL %s", async (_, answer, why) => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    await keepFeed(box, server.url);
    server.answer = answer;
    const { stdout, stderr, code } = await fetchFeed(box, server.url, "--match", "hello\n");
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/^lastgood: feed: backup, .* old, stands in for 2m 30s: .+\n$/);
    expect(stderr).toContain(`: ${why}\n`);
    expect(code).toBe(0);
  });

  it.each<[what: string, answer: Parameters<typeof serve>[0]]>([
    ["never answers", () => undefined],
    ["begins to answer and goes silent", (_, response) => void response.writeHead(200).write("hello")],
  ])("fetch answers from the backup when the URL %s", async (_, answer) => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    await keepFeed(box, server.url);
    server.answer = answer;
    const { stdout, stderr } = await fetchFeed(box, server.url, "--timeout", "1s");
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toContain(": took longer than 1s (--timeout)\n");
  });

  it("fetch answers from the backup when nobody listens on the port any more", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n"));
    await keepFeed(box, server.url);
    await server.stop();
    const { stdout, stderr } = await fetchFeed(box, server.url);
    expect(String(stdout)).toBe("hello\n");
    expect(stderr).toMatch(/: connect ECONNREFUSED 127\.0\.0\.1:\d+\n$/);
  });

  it("fetch exits with 1 when the URL fails without a backup, and does not print the error page", async () => {
    const box = await sandbox();
    const server = await serve(status(500));
    const { stdout, stderr, code } = await fetchFeed(box, server.url);
    expect(String(stdout)).toBe("");
    expect(stderr).toBe("lastgood: feed: no backup to stand in: HTTP status 500 Internal Server Error\n");
    expect(code).toBe(1);
  });

  it("fetch refuses a body that is larger than --max-bytes", async () => {
    const box = await sandbox();
    const server = await serve(body("x".repeat(1025)));
    const { stderr, code } = await fetchFeed(box, server.url, "--max-bytes", "1k");
    expect(stderr).toContain("output was refused: it has more than 1024 bytes (--max-bytes)");
    expect(code).toBe(125);
  });
});

describe("fetch: asking whether the last good body is still right", () => {
  const LAST_MODIFIED = "Mon, 05 Jan 2026 10:00:00 GMT";

  it("fetch sends the ETag or Last-Modified of the last good body, and accepts the server's 304", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { etag: '"1"', "last-modified": LAST_MODIFIED }));
    await fetchFeed(box, server.url);
    server.answer = status(304);
    for (const _ of [1, 2]) {
      await box.expire();
      const { stdout, stderr, code } = await fetchFeed(box, server.url);
      expect(String(stdout)).toBe("hello\n");
      expect(stderr).toBe("lastgood: feed: loaded now\n");
      expect(code).toBe(0);
    }
    for (const { headers } of server.requests.slice(1)) {
      expect(headers).toMatchObject({ "if-none-match": '"1"', "if-modified-since": LAST_MODIFIED });
    }
  });

  it("fetch counts a body as loaded at the time of a 304, so an earlier outage is over", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { etag: '"1"' }));
    await keepFeed(box, server.url);
    server.answer = status(500);
    await fetchFeed(box, server.url);
    expect(String((await box.lastgood("status")).stdout)).toContain("feed");
    await box.expire();
    server.answer = status(304);
    await fetchFeed(box, server.url);
    expect(String((await box.lastgood("status")).stdout)).toBe("");
  });

  it("fetch prints the newer body when a conditional request brings one", async () => {
    const box = await sandbox();
    const server = await serve(body("old\n", { etag: '"1"' }));
    await keepFeed(box, server.url);
    server.answer = body("new\n", { etag: '"2"' });
    expect(String((await fetchFeed(box, server.url)).stdout)).toBe("new\n");
  });

  it("fetch makes no conditional request about a body that would be refused today", async () => {
    const box = await sandbox();
    const server = await serve(body("no JSON\n", { etag: '"1"' }));
    await keepFeed(box, server.url);
    await fetchFeed(box, server.url, "--json");
    expect(server.requests[1]?.headers).not.toHaveProperty("if-none-match");
  });

  it("fetch makes no conditional request to one URL about the body of another", async () => {
    const box = await sandbox();
    const server = await serve(body("hello\n", { etag: '"1"' }));
    await keepFeed(box, server.url);
    await fetchFeed(box, `${server.url}?page=2`);
    expect(server.requests[1]?.headers).not.toHaveProperty("if-none-match");
  });
});
