import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildWithoutEngine } from "./container.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const NEST = fileURLToPath(new URL("../node_modules/.recipes/nestjs/main.js", import.meta.url));

interface Source {
  readonly url: string;
  say(body: string): void;
  stop(): Promise<void>;
}

/** What the recipes ask, over a real socket. Once stopped, it refuses connections. */
async function startSource(body = '{"EUR":1}'): Promise<Source> {
  const server = createServer((_, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  onTestFinished(stop);
  // A server that listens on a port has an address of this kind.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, say: (next) => (body = next), stop };
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-recipe-"));
  // A recipe is not closed, and may still write: an outage is recorded in the background.
  onTestFinished(() => rm(directory, { recursive: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

interface Program {
  readonly lines: Interface;
  /** Asks the program to stop. Resolves with its exit code, or with the signal that ended it. */
  stop(): Promise<number | string | null>;
}

type Environment = Readonly<Record<string, string>>;

function start(file: string, env: Environment, cwd?: string): Program {
  const child: ChildProcess = spawn(process.execPath, [file], { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit") as Promise<[number | null, string | null]>; // what Node hands to its listeners
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.stdout === null) throw new Error("its output is piped");
  const lines = createInterface({ input: child.stdout });
  return { lines, stop: async () => (child.kill("SIGTERM"), (await exited)[0] ?? (await exited)[1]) };
}

async function nextLine({ lines }: Program): Promise<string> {
  const [line] = (await once(lines, "line")) as [string]; // what readline hands to its listeners
  return line;
}

async function startServer(file: string, env: Environment, cwd?: string): Promise<Program & { readonly url: string }> {
  const program = start(file, { PORT: "0", HOST: "127.0.0.1", TTL: "0ms", ...env }, cwd);
  return { ...program, url: await nextLine(program) };
}

beforeAll(async () => {
  const compiler = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  await promisify(execFile)(process.execPath, [compiler, "-p", join(HERE, "nestjs")]);
}, 300_000);

const SERVERS = [
  ["Express", join(HERE, "express.mjs"), { EUR: 1 }, 0],
  ["Fastify", join(HERE, "fastify.mjs"), { EUR: 1 }, 0],
  ["Hono", join(HERE, "hono.mjs"), { EUR: 1 }, 0],
  // Nest closes the app, and then hands the signal on.
  ["NestJS", NEST, { rates: { EUR: 1 } }, "SIGTERM"],
] as const;

describe.each(SERVERS)("the recipe for %s", (_, file, fresh, ended) => {
  it("a server answers from its source, from its backup in an outage, and from its backup after a restart in the outage", async () => {
    const source = await startSource();
    const env = { SOURCE_URL: source.url, BACKUPS: await newDirectory() };
    const before = await startServer(file, env);
    expect(await (await fetch(`${before.url}/rates`)).json()).toMatchObject(fresh);
    await source.stop();
    expect(await (await fetch(`${before.url}/rates`)).json()).toMatchObject(fresh);
    expect(await before.stop()).toBe(ended);

    const after = await startServer(file, env);
    const answer = await fetch(`${after.url}/rates`);
    const body = (await answer.json()) as object; // a JSON object, as was just seen
    expect(body).toMatchObject(fresh);
    expect("stale" in body ? body.stale : answer.headers.get("x-stale")).toSatisfy((stale: unknown) => String(stale) === "true");
    expect(await (await fetch(`${after.url}/ready`)).json()).toMatchObject({ fallback: [{ key: "rates", failures: expect.any(Number) }] });
    expect(await after.stop()).toBe(ended);
  });

  it("a server that has never had an answer says so with status 502", async () => {
    const source = await startSource();
    await source.stop();
    const server = await startServer(file, { SOURCE_URL: source.url, BACKUPS: await newDirectory() });
    expect((await fetch(`${server.url}/rates`)).status).toBe(502);
    expect(await server.stop()).toBe(ended);
  });
});

describe("the console in the recipe for NestJS", () => {
  it.each([
    ["with its password", "letmein", "letmein", 200],
    ["with another password", "letmein", "letmeout", 401],
    ["where no password is set", "", "", 401],
  ])("the console %s answers as its guard decides", async (_, password, given, status) => {
    const source = await startSource();
    const server = await startServer(NEST, { SOURCE_URL: source.url, BACKUPS: await newDirectory(), OPERATOR_PASSWORD: password });
    const headers = { authorization: `Basic ${Buffer.from(`operator:${given}`).toString("base64")}` };
    for (const path of ["", "/api/state"]) expect((await fetch(`${server.url}/admin/lastgood${path}`, { headers })).status, path).toBe(status);
    await server.stop();
  });
});

describe("the recipe for a worker", () => {
  it("a worker renews on its schedule, reports a fallback, and ends when it is asked to", async () => {
    const source = await startSource();
    const worker = start(join(HERE, "worker.mjs"), { SOURCE_URL: source.url, BACKUPS: await newDirectory(), SCHEDULE: "* * * * * *" });
    expect(JSON.parse(await nextLine(worker))).toEqual({ value: { EUR: 1 }, source: "loader", age: expect.any(Number) });
    await source.stop();
    let told: { readonly source?: string } = {};
    while (told.source !== "backup" && told.source !== "cache") told = JSON.parse(await nextLine(worker)) as typeof told; // as it printed before
    expect(told).toMatchObject({ value: { EUR: 1 } });
    expect(await worker.stop()).toBe(0);
  });
});

/** Each as another process of a host would see them: modules that share nothing but the backups. */
async function freshModule<T>(file: string, env: Environment): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  onTestFinished(() => void (process.env = before));
  Reflect.deleteProperty(globalThis, "datastore");
  return (await import(`${file}?instance=${Math.random()}`)) as T; // the module's own exports
}

interface Answer {
  readonly statusCode: number;
  readonly headers?: Environment;
  readonly body: string;
}

interface Lambda {
  handler(event: { rawPath: string }): Promise<Answer>;
}

interface Route {
  GET(): Promise<Response>;
}

describe("the recipe for AWS Lambda", () => {
  it("a handler answers from its source, and a cold start in an outage answers from the backup", async () => {
    const source = await startSource();
    const env = { SOURCE_URL: source.url, BACKUPS: await newDirectory(), TTL: "0ms" };
    const warm = await freshModule<Lambda>("./lambda.mjs", env);
    expect(await warm.handler({ rawPath: "/rates" })).toMatchObject({ statusCode: 200, body: '{"EUR":1}', headers: { "x-stale": "false" } });
    await source.stop();
    const cold = await freshModule<Lambda>("./lambda.mjs", env);
    expect(await cold.handler({ rawPath: "/rates" })).toMatchObject({ statusCode: 200, body: '{"EUR":1}', headers: { "x-stale": "true" } });
    expect(await cold.handler({ rawPath: "/other" })).toMatchObject({ statusCode: 404 });
    const first = await freshModule<Lambda>("./lambda.mjs", { ...env, BACKUPS: await newDirectory() });
    expect(await first.handler({ rawPath: "/rates" })).toMatchObject({ statusCode: 502 });
  });
});

describe("the recipe for Next.js", () => {
  it("a route handler answers from its source, and after a restart in an outage from the backup", async () => {
    const source = await startSource();
    const env = { SOURCE_URL: source.url, BACKUPS: await newDirectory(), TTL: "0ms" };
    const before = await freshModule<Route>("./nextjs/app/api/rates/route.mjs", env);
    expect(await (await before.GET()).json()).toEqual({ EUR: 1 });
    await source.stop();
    const after = await freshModule<Route>("./nextjs/app/api/rates/route.mjs", env);
    const answer = await after.GET();
    expect([await answer.json(), answer.headers.get("x-stale")]).toEqual([{ EUR: 1 }, "true"]);
    const empty = await freshModule<Route>("./nextjs/app/api/rates/route.mjs", { ...env, BACKUPS: await newDirectory() });
    expect((await empty.GET()).status).toBe(502);
  });
});

describe("the recipe for feature flags", () => {
  it("a client that starts for the first time in an outage has the flags of its seed", async () => {
    const source = await startSource('{"newCheckout":true}');
    const SEED = join(await newDirectory(), "seed");
    const run = async (env: Environment, ...args: readonly string[]): Promise<unknown> => {
      const { stdout } = await promisify(execFile)(process.execPath, [join(HERE, "flags.mjs"), ...args], { env: { ...process.env, SOURCE_URL: source.url, SEED, ...env } });
      return JSON.parse(stdout);
    };
    expect(await run({}, "seed")).toEqual({ flags: { newCheckout: true }, source: "loader", stale: false });
    const [first, second] = [{ BACKUPS: await newDirectory() }, { BACKUPS: await newDirectory() }];
    source.say('{"newCheckout":false}');
    expect(await run(first)).toEqual({ flags: { newCheckout: false }, source: "loader", stale: false });
    source.say('{"newCheckout":"<html>"}'); // flags that are none do not replace any
    expect(await run(first)).toEqual({ flags: { newCheckout: false }, source: "backup", stale: true });
    await source.stop();
    expect(await run(second)).toEqual({ flags: { newCheckout: true }, source: "backup", stale: true });
    await expect(run(second, "seed")).rejects.toThrow(/a seed is made of what the source says/);
  });
});

describe("the recipe for a feed reader", () => {
  const feed = (...titles: readonly string[]): string => `<feed><title>News</title>${titles.map((title) => `<entry><title>${title}</title></entry>`).join("")}</feed>`;

  it("a feed that goes down, turns into a page of HTML or loses most of its entries does not replace the last good titles", async () => {
    const source = await startSource(feed("one", "two", "three"));
    const reader = await startServer(join(HERE, "feed-reader/reader.mjs"), { FEED_URL: source.url, BACKUPS: await newDirectory() });
    const read = async (): Promise<readonly [string, string | null]> => {
      const response = await fetch(reader.url);
      return [await response.text(), response.headers.get("x-stale")];
    };
    expect(await read()).toEqual(["one\ntwo\nthree\n", "false"]);
    for (const broken of ["<html>under maintenance</html>", "", feed("three")]) {
      source.say(broken);
      expect(await read()).toEqual(["one\ntwo\nthree\n", "true"]);
    }
    source.say(feed("two", "three", "four"));
    expect(await read()).toEqual(["two\nthree\nfour\n", "false"]);
    await source.stop();
    expect(await read()).toEqual(["two\nthree\nfour\n", "true"]);
    expect(await reader.stop()).toBe(0);
  });

  it("its Dockerfile copies files that are there, runs as a user without rights, and starts Node itself", async () => {
    const dockerfile = await readFile(join(HERE, "feed-reader/Dockerfile"), "utf8");
    const copied = Array.from(dockerfile.matchAll(/^COPY (\S+) /gm), ([, file = ""]) => file);
    expect(copied).toEqual(["package.json", "reader.mjs"]);
    for (const file of copied) await readFile(join(HERE, "feed-reader", file));
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "reader\.mjs"\]$/m);
    expect(dockerfile).toMatch(/^VOLUME \/data$/m);
  });
});

describe("the recipe for an image with a seed", () => {
  const CONTAINERFILE = join(HERE, "seeded-image/Containerfile");
  const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));

  it("an image that was built while the source was up starts for the first time in an outage, answers, and writes nothing", { timeout: 120_000 }, async () => {
    const source = await startSource('{"EUR":1}');
    const env = { SOURCE_URL: source.url };
    const { directory, command } = await buildWithoutEngine(CONTAINERFILE, await newDirectory(), MODULES, env);
    await source.stop();
    const files = async (): Promise<string[]> => (await readdir(join(directory, "seed"), { recursive: true })).concat(await readdir(directory)).sort();
    const before = await files();
    expect(before).toEqual(expect.arrayContaining(["app.mjs", "node_modules", "package.json", "seed"]));

    const [program, ...args] = command;
    expect([program, args.length]).toEqual(["node", 1]);
    const server = await startServer(join(directory, args[0] ?? ""), env, directory);
    const answer = await fetch(server.url);
    expect([answer.status, await answer.json(), answer.headers.get("x-stale")]).toEqual([200, { EUR: 1 }, "true"]);
    expect(await server.stop()).toBe(0);
    expect(await files()).toEqual(before);
  });

  it("an image cannot be built while the source is down", { timeout: 120_000 }, async () => {
    const source = await startSource();
    await source.stop();
    await expect(buildWithoutEngine(CONTAINERFILE, await newDirectory(), MODULES, { SOURCE_URL: source.url })).rejects.toThrow(/node fill\.mjs/);
  });
});
