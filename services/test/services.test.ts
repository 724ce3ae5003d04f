import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { startProxy, startService } from "../src/index.mjs";

const script = fileURLToPath(new URL("../../scripts/test-services.mjs", import.meta.url));
const starter = fileURLToPath(new URL("starter.mjs", import.meta.url));

describe("startService", () => {
  it("servers answer on ports of their own, and stop() ends them and removes their folder", async () => {
    const [one, two] = await Promise.all([startService("redis"), startService("redis")]);
    expect(one.first.port).not.toBe(two.first.port);
    expect(await say(one.first.port, "PING\r\n")).toBe("+PONG\r\n");
    expect(await say(two.first.port, "PING\r\n")).toBe("+PONG\r\n");
    await one.stop();
    await one.stop();
    expect(await say(one.first.port, "PING\r\n")).toBeUndefined();
    expect(await say(two.first.port, "PING\r\n")).toBe("+PONG\r\n");
    expect(existsSync(one.dir)).toBe(false);
    await two.stop();
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("servers end, a paused one as well, when the process that started them ends by %s", async (signal) => {
    const child = spawn(process.execPath, [starter], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface(child.stdout), "line");
    const { ports, dirs } = JSON.parse(String(line)) as { ports: number[]; dirs: string[] };
    child.kill(signal);
    await once(child, "exit");
    for (const port of ports) await expect.poll(() => say(port, "PING\r\n"), { timeout: 20_000 }).toBeUndefined();
    for (const dir of dirs) await expect.poll(() => existsSync(dir), { timeout: 20_000 }).toBe(false);
  });

  it("a server starts again on the same port, after a stop and after a kill", async () => {
    const service = await startService("memcached");
    for (const end of [() => service.first.stop(), () => service.first.kill()]) {
      await end();
      expect(await say(service.first.port, "version\r\n")).toBeUndefined();
      await service.first.start();
      expect(await say(service.first.port, "version\r\n")).toContain("VERSION");
    }
    await service.stop();
  });

  it("a paused server takes connections and says nothing until it is resumed", async () => {
    const service = await startService("redis");
    service.first.pause();
    const answer = say(service.first.port, "PING\r\n");
    expect(await Promise.race([answer, pause(200, "nothing")])).toBe("nothing");
    service.first.resume();
    expect(await answer).toBe("+PONG\r\n");
    await service.stop();
  });

  it("an error about a server that did not start has what the server said", async () => {
    const service = await startService("redis");
    const { port, host } = service.first;
    await service.first.kill();
    const other = createServer().listen(port, host);
    await once(other, "listening");
    await expect(service.first.start()).rejects.toThrow("Address already in use");
    other.close();
    await service.stop();
  });

  it("an unknown service or variant is refused, with the names of those that there are", async () => {
    await expect(startService("oracle")).rejects.toThrow(/there is no service "oracle": there are .*redis/);
    await expect(startService("redis", "quantum")).rejects.toThrow(/redis has no variant "quantum": it has single/);
  });
});

describe("the S3 server", () => {
  it("the S3 server answers many requests for one name at once, and gives whole objects", async () => {
    const service = await startService("s3");
    await fetch(`${service.url}/moto-api/reset-auth`, { method: "POST", body: "1000" }); // So many without a signature.
    await ask(service.url, "/bucket", "PUT");
    await ask(service.url, "/bucket/name", "PUT", "x".repeat(1_000));
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(Array.from({ length: 40 }, (_, index) =>
        index % 4 === 0 ? ask(service.url, "/bucket/name", "GET") : ask(service.url, "/bucket/name", "PUT", "x".repeat(1_000 * index)),
      ));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      for (const { text } of answers) expect(text.length % 1_000).toBe(0);
    }
    await service.stop();
  });
});

describe("test-services", () => {
  const run = promisify(execFile);

  it("test-services says that nothing is missing where nothing is", async () => {
    const { stdout } = await run(process.execPath, [script, "redis", "memcached"]);
    expect(stdout).toMatch(/redis: there.*\n.*memcached: there/);
  });

  it("test-services fails where it may not install, and says what to type", async () => {
    // Somebody who finds no program, and is not root: as root it would install.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
    const failure = run(process.execPath, [script, "redis"], { env: { PATH: "/nowhere" }, cwd: "/", ...nobody });
    await expect(failure).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('sudo sh -c "apt-get update && ') });
  });
});

describe("startProxy", () => {
  it("a proxy lets everything through, holds everything back when it stalls, and lets it go afterwards", async () => {
    await withProxy(async (proxy) => {
      expect(await say(proxy.port, "PING\r\n")).toBe("+PONG\r\n");
      proxy.stall();
      const answer = say(proxy.port, "PING\r\n");
      expect(await Promise.race([answer, pause(200, "nothing")])).toBe("nothing");
      proxy.flow();
      expect(await answer).toBe("+PONG\r\n");
    });
  });

  it("a proxy can be far away: requests arrive that much later, and those that are sent together arrive together", async () => {
    await withProxy(async (proxy) => {
      proxy.delayMs = 200;
      const began = performance.now();
      expect(await Promise.all([say(proxy.port, "PING\r\n"), say(proxy.port, "PING\r\n")])).toEqual(["+PONG\r\n", "+PONG\r\n"]);
      expect(performance.now() - began).toBeGreaterThanOrEqual(199);
    });
  });

  it("a proxy can end connections, reset them and refuse them", async () => {
    await withProxy(async (proxy) => {
      for (const [disturb, code] of [[() => proxy.cut(), undefined], [() => proxy.reset(), "ECONNRESET"]] as const) {
        const socket = connect(proxy.port, "127.0.0.1");
        socket.write("PING\r\n");
        await once(socket, "data");
        expect(proxy.current).toBe(1);
        const ended = new Promise((resolve) => {
          socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code)).on("close", () => resolve(undefined));
        });
        disturb();
        expect(await ended).toBe(code);
        await expect.poll(() => proxy.current, { timeout: 20_000 }).toBe(0);
      }
      await proxy.close();
      expect(await say(proxy.port, "PING\r\n")).toBeUndefined();
      await proxy.open();
      expect(await say(proxy.port, "PING\r\n")).toBe("+PONG\r\n");
    });
  });

  it("a proxy can cut an answer in two, and change one", async () => {
    await withProxy(async (proxy) => {
      proxy.cutAfter(3);
      expect(await say(proxy.port, "PING\r\n")).toBe("+PO");
      expect(await say(proxy.port, "PING\r\n")).toBe("+PONG\r\n");
      proxy.replaceNext((reply) => Buffer.from(String(reply).replace("O", "I")));
      expect(await say(proxy.port, "PING\r\n")).toBe("+PING\r\n");
      expect(await say(proxy.port, "PING\r\n")).toBe("+PONG\r\n");
    });
  });
});

/** A request of S3, for whose signature nobody looks. */
async function ask(url: string, path: string, method: string, body?: string): Promise<{ status: number; text: string }> {
  const authorization = "AWS4-HMAC-SHA256 Credential=none/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none";
  const answer = await fetch(url + path, { method, headers: { authorization }, ...(body !== undefined && { body }) });
  return { status: answer.status, text: await answer.text() };
}

async function withProxy(use: (proxy: Awaited<ReturnType<typeof startProxy>>) => Promise<void>): Promise<void> {
  const service = await startService("redis");
  const proxy = await startProxy(service.first.port);
  try {
    await use(proxy);
  } finally {
    await proxy.close();
    await service.stop();
  }
}

/** The first that comes back, or what came before the end; `undefined` if nobody is there. */
function say(port: number, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    socket.on("data", (bytes) => {
      said += String(bytes);
      if (said.endsWith("\r\n")) socket.destroy();
    });
    socket.on("error", () => resolve(undefined)).on("close", () => resolve(said));
    socket.write(text);
  });
}
