import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { type Outcome, type Run, type Sandbox, sandbox, until } from "./support/sandbox.ts";
import { body, serve, status } from "./support/server.ts";

const execute = promisify(execFile);

/** Each on a connection of its own. */
const CLOSE = { headers: { connection: "close" } };

interface Proxy {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(signal?: NodeJS.Signals): Promise<Outcome>;
}

/** A proxy that listens, all of its processes. The system gives it a port: one that was free a moment ago may be taken by now. */
async function startProxy(box: Sandbox, upstream: string, ...options: readonly string[]): Promise<Proxy> {
  const run: Run = box.start(["serve", "--listen", "0", ...options, upstream]);
  onTestFinished(() => run.kill("SIGKILL"));
  const url = await until(async () => addressSaid(run));
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Outcome> => {
    run.kill(signal);
    return await run.outcome;
  };
  return { url, port: Number(new URL(url).port), pid: run.pid, stop };
}

function addressSaid(run: Run): string | undefined {
  const [, url] = / at (http:[^\s,]+)/.exec(run.said) ?? [];
  if (url === undefined && !run.isRunning) throw new Error(`serve ended before it listened: ${run.said}`);
  return url;
}

it("serve answers curl, Python and Node from its upstream, and from the last good answers when that is down, also after a restart", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n", { "content-type": "text/plain", "cache-control": "max-age=600" }));
  const origin = new URL(upstream.url).origin;
  const first = await startProxy(box, origin);
  const curl = await execute("curl", ["-si", `${first.url}/feed`]);
  expect(curl.stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*cache-status: lastgood; fwd=uri-miss; ttl=\d+; stored\r\n/);
  const python = await execute("python3", ["-c", `import urllib.request as r; print(r.urlopen("${first.url}/feed").read())`]);
  expect(python.stdout).toBe("b'hello\\n'\n");
  expect(await (await fetch(`${first.url}/feed`)).text()).toBe("hello\n");
  expect(upstream.requests).toHaveLength(1);
  const stopped = await first.stop();
  expect([stopped.code, stopped.stderr]).toEqual([0, `lastgood: serving ${origin}/ at ${first.url}\n`]);

  await upstream.stop();
  const second = await startProxy(box, origin);
  const response = await fetch(`${second.url}/feed`);
  expect([await response.text(), response.headers.get("cache-status")]).toEqual(["hello\n", expect.stringMatching(/^lastgood; hit; ttl=-?\d+; detail=backup$/)]);
  expect(await (await fetch(`${second.url}/-/lastgood/health`)).json()).toMatchObject({ status: "warn", keysInFallback: 1, cache: "ok", backup: "ok" });
  expect((await fetch(`${second.url}/other`)).status).toBe(502);
  expect((await second.stop("SIGINT")).code).toBe(0);
});

it("serve answers what is under way when it is told to stop, and nothing new", async () => {
  const box = await sandbox();
  let release: () => void = () => undefined;
  const upstream = await serve((request, response) => {
    release = () => body("late\n")(request, response);
  });
  const proxy = await startProxy(box, new URL(upstream.url).origin);
  const answer = fetch(`${proxy.url}/feed`);
  await until(async () => upstream.requests[0]);
  const stopping = proxy.stop();
  await until(async () => ((await fetch(`${proxy.url}/-/lastgood/health`, CLOSE).catch(() => undefined)) === undefined ? true : undefined));
  release();
  expect(await (await answer).text()).toBe("late\n");
  expect((await stopping).code).toBe(0);
});

it("serve answers a client that has ended its own side", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n"));
  const proxy = await startProxy(box, new URL(upstream.url).origin);
  const socket = connect(proxy.port, "127.0.0.1");
  socket.end("GET /feed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*hello\n$/);
  await proxy.stop();
});

it("serve obeys what the server says about caching, and with --disobey does not", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n", { "cache-control": "no-cache, must-revalidate" }));
  const origin = new URL(upstream.url).origin;
  const proxies = [await startProxy(box, origin, "--backup", "file:a"), await startProxy(box, origin, "--backup", "file:b", "--disobey")];
  for (const { url } of proxies) await fetch(`${url}/feed`);
  upstream.answer = status(503);
  expect(await Promise.all(proxies.map(async ({ url }) => (await fetch(`${url}/feed`)).status))).toEqual([503, 200]);
  await Promise.all(proxies.map((proxy) => proxy.stop()));
});

it("serve says why it cannot listen", async () => {
  const box = await sandbox();
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const { stderr, code } = await box.lastgood("serve", "--listen", String(port), "http://127.0.0.1:1");
  expect([stderr, code]).toEqual([`lastgood: cannot listen on 127.0.0.1:${port}: EADDRINUSE\n`, 125]);
});

it.each([
  [["nowhere"], "UPSTREAM cannot be read: write a URL that begins with http:// or https://"],
  [["http://u:secret@h/"], "UPSTREAM has a user name in it: clients send their own credentials"],
  [["http://h/?a"], "UPSTREAM has a query or a fragment in it"],
  [["--listen", "everywhere", "http://h/"], '--listen "everywhere" is no address: write HOST:PORT or PORT'],
  [["--listen", "1.2.3.4:99999", "http://h/"], "is no address"],
  [[], "UPSTREAM is missing"],
])("serve refuses %j, and says what to write", async (args, message) => {
  const box = await sandbox();
  const { stderr, code } = await box.lastgood("serve", ...args);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("secret");
  expect(code).toBe(2);
});

/** What the proxy says to the very bytes of a request. */
async function say(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(bytes);
  return await text(socket);
}

it("serve refuses tunnels and large headers, upgrades nothing, and takes no larger body than --max-request says", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n"));
  const { port, stop } = await startProxy(box, new URL(upstream.url).origin, "--max-request", "10");
  expect(await say(port, "CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n")).toMatch(/^HTTP\/1\.1 405 /);
  expect(await say(port, `GET / HTTP/1.1\r\nHost: a\r\nX-Flood: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(await say(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*hello/);
  expect(await say(port, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 11\r\n\r\n01234567890")).toMatch(/^HTTP\/1\.1 413 /);
  expect(await say(port, "GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect(upstream.requests.map(({ method, headers }) => [method, headers.upgrade])).toEqual([["GET", undefined]]);
  await stop();
});

it("serve shows the console to this machine alone, and its health to anyone", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n"));
  const { url, port, stop } = await startProxy(box, new URL(upstream.url).origin);
  const response = await fetch(`${url}/-/lastgood`);
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([200, expect.stringContaining("text/html"), expect.stringContaining("lastgood")]);
  const ask = async (path: string, headers: string): Promise<string> => (await say(port, `GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`)).slice(9, 12);
  expect(await ask("/-/lastgood/api/records?q=", "Host: evil.example\r\n")).toBe("403");
  expect(await ask("/-/lastgood", "Host: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n")).toBe("403");
  expect(await ask("/-/lastgood/health", "Host: evil.example\r\n")).toBe("200");
  expect(await ask("/-/lastgoodness", "Host: a\r\n")).toBe("200");
  expect(upstream.requests.map((request) => request.url)).toEqual(["/-/lastgoodness"]);
  await stop();
});

it("serve passes bodies of both directions on as streams, from Python and to curl", async () => {
  const box = await sandbox();
  const upstream = await serve((request, response) => void request.pipe(response.writeHead(200, { "cache-control": "no-store" })));
  const { url, stop } = await startProxy(box, new URL(upstream.url).origin);
  const python = await execute("python3", ["-c", `import urllib.request as r; print(len(r.urlopen(r.Request("${url}/echo", data=b"x" * 5000000, method="PUT")).read()))`]);
  expect(python.stdout).toBe("5000000\n");
  const curl = await execute("sh", ["-c", `head -c 3000000 /dev/zero | curl -s -T - -H 'Expect: 100-continue' ${url}/echo | wc -c`]);
  expect(curl.stdout.trim()).toBe("3000000");
  await stop();
});

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await execute("ps", ["-o", "pid=", "--ppid", String(pid)]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

it("serve with workers answers from all of them, and starts another one for one that dies", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n", { "cache-control": "max-age=600" }));
  const proxy = await startProxy(box, new URL(upstream.url).origin, "--workers", "3");
  const before = await until(async () => atLeast(3, await childrenOf(proxy.pid)));
  process.kill(before[0] ?? 0, "SIGKILL");
  const after = await until(async () => atLeast(3, (await childrenOf(proxy.pid)).filter((pid) => pid !== before[0])));
  expect(after.filter((pid) => before.includes(pid))).toHaveLength(2);
  await until(async () => (await fetch(`${proxy.url}/feed`, CLOSE).catch(() => undefined))?.ok);
  for (let n = 0; n < 6; n++) expect(await (await fetch(`${proxy.url}/feed`, CLOSE)).text()).toBe("hello\n");
  const { code, stderr } = await proxy.stop();
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^lastgood: serving \S+ at http:\/\/127\.0\.0\.1:\d+, with 3 workers\nlastgood: a worker ended with signal SIGKILL; another one is started\n$/)]);
});

function atLeast<T>(count: number, list: readonly T[]): readonly T[] | undefined {
  return list.length >= count ? list : undefined;
}

it("serve with workers: what one of them was asked to change is not fresh any more in any of them", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n", { "cache-control": "max-age=600" }));
  const proxy = await startProxy(box, new URL(upstream.url).origin, "--workers", "2");
  const isCached = async (): Promise<boolean> => ((await fetch(`${proxy.url}/feed`, CLOSE)).headers.get("cache-status") ?? "").startsWith("lastgood; hit");
  const allCached = async (): Promise<true | undefined> => ((await Promise.all([1, 2, 3, 4].map(isCached))).every(Boolean) ? true : undefined);
  await until(allCached);
  await fetch(`${proxy.url}/feed`, { method: "POST", body: "x", ...CLOSE });
  const posted = upstream.requests.length;
  await until(allCached);
  // Without a word to the other one, it would be the one that was asked.
  expect(upstream.requests.length - posted).toBeGreaterThanOrEqual(2);
  await proxy.stop();
});

it("serve with workers writes the backups that are owed when it stops, and says once why it cannot listen", async () => {
  const box = await sandbox();
  const upstream = await serve(body("hello\n"));
  const origin = new URL(upstream.url).origin;
  const first = await startProxy(box, origin, "--workers", "2");
  await (await fetch(`${first.url}/feed`, CLOSE)).text();
  const taken = await box.lastgood("serve", "--listen", String(first.port), "--workers", "2", origin);
  expect([taken.stderr, taken.code]).toEqual([`lastgood: cannot listen on 127.0.0.1:${first.port}: EADDRINUSE\n`, 125]);
  expect((await first.stop("SIGINT")).code).toBe(0);
  await upstream.stop();
  const second = await startProxy(box, origin, "--workers", "2");
  expect(await (await fetch(`${second.url}/feed`, CLOSE)).text()).toBe("hello\n");
  await second.stop();
});

it("serve answers a browser in an outage with the page, its script and its picture from before", async () => {
  const box = await sandbox();
  const page = '<!doctype html><title>page</title><script src="/script.js"></script><img src="/picture.svg" onload="document.title += \' with a picture\'">';
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    "/": ["text/html", page],
    "/script.js": ["text/javascript", "document.title += ' and a script';"],
    "/picture.svg": ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
  };
  const upstream = await serve((request, response) => {
    const [type, content] = files[request.url ?? ""] ?? ["text/plain", ""];
    response.writeHead(content === "" ? 404 : 200, { "content-type": type }).end(content);
  });
  const proxy = await startProxy(box, new URL(upstream.url).origin);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  onTestFinished(() => browser.close());
  const titleOf = async (): Promise<string> => {
    const context = await browser.newContext(); // without what the one before has cached
    const tab = await context.newPage();
    await tab.goto(`${proxy.url}/`, { waitUntil: "load" });
    return await tab.title();
  };
  expect(await titleOf()).toBe("page and a script with a picture");
  upstream.answer = status(503);
  expect(await titleOf()).toBe("page and a script with a picture");
  await upstream.stop();
  expect(await titleOf()).toBe("page and a script with a picture");
  await proxy.stop();
});
