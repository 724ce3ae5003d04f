import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, serve } from "@hono/node-server";
import { All, type CanActivate, Controller, type INestApplication, Module, Req, Res, UseGuards } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { expect, it, onTestFinished } from "vitest";
import { consoleHandler, healthResponse } from "../src/index.ts";
import { inOutage, setUp } from "./support.ts";

const PATH = "/admin/lastgood";

const OPERATOR = "operator=1";

type Handler = ReturnType<typeof consoleHandler>;
type Listener = ReturnType<typeof getRequestListener>;

function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port; // it listens on a port
}

function listening(server: Server): Promise<number> {
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) => void server.listen(0, "127.0.0.1", () => resolve(portOf(server))));
}

/** What an app of Nest begins with. */
class RootModule {
  readonly isRoot = true;
}

/** Decorators are called by hand: what runs the tests emits no metadata for them. */
async function nest(controllers: readonly (new () => object)[], start: (root: typeof RootModule) => Promise<INestApplication>): Promise<INestApplication> {
  Module({ controllers: [...controllers] })(RootModule);
  const app = await start(RootModule);
  onTestFinished(() => app.close());
  return app;
}

async function nestListening(app: INestApplication): Promise<number> {
  await app.listen(0, "127.0.0.1");
  return portOf(app.getHttpServer());
}

/** A controller whose guard lets in whoever has the cookie of a signed-in operator. */
function guarded(listener: Listener): new () => object {
  class OnlyOperators implements CanActivate {
    canActivate(context: Parameters<CanActivate["canActivate"]>[0]): boolean {
      const request: IncomingMessage = context.switchToHttp().getRequest();
      return request.headers.cookie === OPERATOR;
    }
  }
  class ConsoleController {
    async console(request: IncomingMessage, response: ServerResponse): Promise<void> {
      await listener(request, response);
    }
  }
  const method = [ConsoleController.prototype, "console"] as const;
  All([PATH, `${PATH}/*path`])(...method, { value: ConsoleController.prototype.console });
  Req()(...method, 0);
  Res()(...method, 1);
  UseGuards(new OnlyOperators())(ConsoleController);
  Controller()(ConsoleController);
  return ConsoleController;
}

const frameworks: Readonly<Record<string, (make: (path?: string) => Handler) => Promise<number>>> = {
  "node:http": (make) => listening(createServer(getRequestListener(make(PATH)))),

  Express: (make) => {
    const app = express();
    app.use(PATH, getRequestListener(make()));
    return listening(createServer(app));
  },

  "Express, behind a parser of JSON": (make) => {
    const app = express();
    app.use(express.json());
    app.use(PATH, getRequestListener(make()));
    return listening(createServer(app));
  },

  Fastify: async (make) => {
    const app = fastify();
    const listener = getRequestListener(make(PATH));
    // Fastify reads a body unless it is told to leave it alone.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const answer = (request: { raw: Parameters<typeof listener>[0] }, reply: { hijack(): void; raw: Parameters<typeof listener>[1] }): void => {
      reply.hijack();
      void listener(request.raw, reply.raw);
    };
    app.all(PATH, answer);
    app.all(`${PATH}/*`, answer);
    await app.listen({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => app.close());
    return portOf(app.server);
  },

  Hono: (make) => {
    const app = new Hono();
    app.mount(PATH, make());
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port));
      onTestFinished(() => void server.close());
    });
  },

  "Nest on Express": async (make) => {
    const app = await nest([], (root) => NestFactory.create(root, { logger: false }));
    app.use(PATH, getRequestListener(make()));
    return nestListening(app);
  },

  "Nest on Fastify": async (make) => {
    const app = await nest([], (root) => NestFactory.create(root, new FastifyAdapter(), { logger: false }));
    app.use(PATH, getRequestListener(make()));
    return nestListening(app);
  },

  "a controller of Nest, behind a guard": async (make) =>
    nestListening(await nest([guarded(getRequestListener(make(PATH)))], (root) => NestFactory.create(root, { logger: false }))),
};

it.each(Object.keys(frameworks))("mounted in %s, the console shows its page, answers, refuses a forged action, and does a true one", async (name) => {
  const setting = setUp();
  const port = await frameworks[name]?.((path) => consoleHandler(setting.datastore, { actions: true, path }));
  await inOutage(setting, ["eur"]);
  const base = `http://127.0.0.1:${port}${PATH}`;
  const ask = (path: string, request: RequestInit = {}): Promise<Response> => fetch(base + path, { ...request, headers: { cookie: OPERATOR, ...request.headers } });
  const page = await (await ask("")).text();
  expect(page).toContain("<title>rates · lastgood</title>");
  expect(await (await ask("/api/state?q=eur")).json()).toMatchObject({ fallback: { total: 1 } });
  expect(await (await ask("/health")).json()).toMatchObject({ status: "warn" });
  const [, token = ""] = /data-token="([^"]*)"/.exec(page) ?? [];
  const own = { "content-type": "application/vnd.lastgood+json", origin: `http://127.0.0.1:${port}` };
  const remove = (headers: Record<string, string>): Promise<Response> => ask("/api/action", { method: "POST", headers: { ...own, ...headers }, body: JSON.stringify({ action: "delete", ref: "eur", key: "eur" }) });
  expect((await remove({})).status).toBe(403);
  expect((await remove({ "x-lastgood-token": token, origin: "http://elsewhere.example" })).status).toBe(403);
  expect(await setting.datastore.peekBackup("eur")).toBeDefined();
  expect(await (await remove({ "x-lastgood-token": token })).json()).toEqual({ done: true });
  expect(await setting.datastore.peekBackup("eur")).toBeUndefined();
});

it("a guard of Nest is asked before the console answers", async () => {
  const { datastore } = setUp();
  const port = await frameworks["a controller of Nest, behind a guard"]?.((path) => consoleHandler(datastore, { path }));
  for (const path of ["", "/api/state", "/health"]) expect((await fetch(`http://127.0.0.1:${port}${PATH}${path}`)).status, path).toBe(403);
});

it("healthResponse is answered from node:http by hand", async () => {
  const { datastore } = setUp();
  const port = await listening(
    createServer(async (_request, response) => {
      const answer = healthResponse(datastore);
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    }),
  );
  expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);
});
