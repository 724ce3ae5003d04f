import type { Datastore } from "@lastgood/core";
import { type Context, Hono } from "hono";
import { Actions } from "./actions.ts";
import { bodyOf } from "./body.ts";
import { withKnownOptions, wrong } from "./checks.ts";
import { healthResponse } from "./health-response.ts";
import { History } from "./history.ts";
import { pageOf, SECURITY_HEADERS } from "./page/page.ts";
import { errorAsJson, recordOf, search, stateOf } from "./views.ts";

/** Options of `consoleHandler`. */
export interface ConsoleOptions {
  /**
   * The path that the handler is mounted at, such as `"/admin/lastgood"`, where the framework leaves it in the URL of requests.
   * Express and Hono take it away, and Fastify and `node:http` leave it.
   * @default "/"
   */
  readonly path?: string | undefined;
  /**
   * Whether people may expire, delete and restore on the page. Only put it where strangers cannot come: the console asks for no password.
   * @default false
   */
  readonly actions?: boolean | undefined;
  /**
   * Loads a key again, for a button of that name; with `actions` only. The key is as the datastore shows it: that of a namespace has the
   * namespace and U+0000 before it.
   * @default none: there is no button, and a key that is expired is loaded by its next get
   */
  readonly load?: ((key: string) => unknown) | undefined;
}

/**
 * A page that shows what a datastore serves from its backups, since when and why; plots of the last hour; stores; and every record. Mounts
 * in any framework that has requests of the platform. `/health` below it answers as `healthResponse` does.
 *
 * The page is read-only unless `actions` is `true`, and asks for no password: put your own in front of it. Throws `TypeError` for an
 * argument that is wrong.
 *
 * @example
 * ```ts
 * import { consoleHandler } from "@lastgood/console";
 *
 * const handler = consoleHandler(datastore, { path: "/admin/lastgood", actions: true });
 * const page = await handler(new Request("http://localhost/admin/lastgood"));
 * ```
 */
export function consoleHandler(datastore: Datastore, options: ConsoleOptions = {}): (request: Request) => Promise<Response> {
  const { path, actions, load } = checked(datastore, options);
  const inspector = datastore.inspect();
  const history = new History(datastore);
  const allowed = actions ? new Actions(inspector, load) : undefined;
  const page = pageOf({ name: datastore.name, token: allowed?.token, canLoad: load !== undefined });

  const app = new Hono({ strict: false }).basePath(path);
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  app.get("/", (context) => context.html(page));
  app.get("/health", () => healthResponse(datastore));
  app.get("/api/state", (context) => context.json(stateOf(datastore, inspector, history, { text: query(context, "q"), offset: Number(query(context, "offset")) })));
  app.get("/api/records", async (context) => context.json(await search(inspector, query(context, "q"), context.req.raw.signal)));
  app.post("/api/record", async (context) => {
    const { ref } = await bodyOf(context);
    return typeof ref === "string" ? context.json(await recordOf(inspector, ref)) : context.json({ error: { message: "this names no record" } }, 400);
  });
  app.post("/api/action", (context) => (allowed === undefined ? context.json({ error: { message: "this console is read-only" } }, 403) : allowed.answer(context)));
  app.notFound((context) => context.json({ error: { message: "there is no such page" } }, 404));
  app.onError((error, context) => context.json({ error: errorAsJson(error) }, 500));
  return async (request) => app.fetch(request);
}

function query(context: Context, name: string): string {
  return context.req.query(name) ?? "";
}

function checked(datastore: unknown, options: unknown): { readonly path: string; readonly actions: boolean; readonly load: ((key: string) => unknown) | undefined } {
  const isDatastore = typeof datastore === "object" && datastore !== null && "inspect" in datastore && typeof datastore.inspect === "function";
  if (!isDatastore) throw wrong("consoleHandler", "datastore", "a Datastore of @lastgood/core", datastore);
  const { path = "/", actions = false, load } = withKnownOptions("consoleHandler", options, ["path", "actions", "load"]);
  if (typeof path !== "string" || !/^\/(?:[\w.~-]+(?:\/[\w.~-]+)*\/?)?$/.test(path)) throw wrong("consoleHandler", "path", 'a path such as "/admin/lastgood"', path);
  if (typeof actions !== "boolean") throw wrong("consoleHandler", "actions", "true or false", actions);
  if (load !== undefined && typeof load !== "function") throw wrong("consoleHandler", "load", "a function", load);
  return { path, actions, load: load as ((key: string) => unknown) | undefined }; // called within an action, which tells of its failure
}
