import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { expect, it, onTestFinished } from "vitest";
import { consoleHandler, healthResponse } from "../src/index.ts";
import { inOutage, setUp } from "./support.ts";

const PATH = "/admin/lastgood";

type Handler = ReturnType<typeof consoleHandler>;

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
};

it.each(Object.keys(frameworks))("mounted in %s, the console shows its page, answers, and acts", async (name) => {
  const setting = setUp();
  const port = await frameworks[name]?.((path) => consoleHandler(setting.datastore, { actions: true, path }));
  await inOutage(setting, ["eur"]);
  const base = `http://127.0.0.1:${port}${PATH}`;
  const page = await (await fetch(base)).text();
  expect(page).toContain("<title>rates · lastgood</title>");
  expect(await (await fetch(`${base}/api/state?q=eur`)).json()).toMatchObject({ fallback: { total: 1 } });
  expect(await (await fetch(`${base}/health`)).json()).toMatchObject({ status: "warn" });
  const [, token = ""] = /data-token="([^"]*)"/.exec(page) ?? [];
  const headers = { "content-type": "application/vnd.lastgood+json", "x-lastgood-token": token, origin: `http://127.0.0.1:${port}` };
  const answer = await fetch(`${base}/api/action`, { method: "POST", headers, body: JSON.stringify({ action: "delete", ref: "eur", key: "eur" }) });
  expect(await answer.json()).toEqual({ done: true });
  expect(await setting.datastore.peekBackup("eur")).toBeUndefined();
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
