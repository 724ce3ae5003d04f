import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { type Outcome, type Run, type Sandbox, sandbox, until } from "./support/sandbox.ts";
import { body, serve, status } from "./support/server.ts";

const execute = promisify(execFile);

interface Proxy {
  readonly url: string;
  readonly port: number;
  stop(signal?: NodeJS.Signals): Promise<Outcome>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A proxy that listens. */
async function startProxy(box: Sandbox, upstream: string, ...options: readonly string[]): Promise<Proxy> {
  const port = await freePort();
  const run: Run = box.start(["serve", "--listen", String(port), ...options, upstream]);
  onTestFinished(() => run.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/lastgood`).catch(() => undefined))?.ok);
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<Outcome> => {
    run.kill(signal);
    return await run.outcome;
  };
  return { url, port, stop };
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
  expect(await (await fetch(`${second.url}/-/lastgood`)).json()).toEqual({ status: "ok", fallback: 1, cache: "ok", backup: "ok" });
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
  await until(async () => ((await fetch(`${proxy.url}/-/lastgood`).catch(() => undefined)) === undefined ? true : undefined));
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
