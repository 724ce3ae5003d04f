import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Inspector } from "@lastgood/core";
import type { Context } from "hono";
import { BODY_TYPE, bodyOf } from "./body.ts";
import { errorAsJson } from "./views.ts";

/** What people may do on the page. Each request has to come from the page itself, and to have the token that is in it. */
export class Actions {
  /** Of this handler alone: it is in the page, which no other origin can read. */
  readonly token: string = randomBytes(32).toString("base64url");
  readonly #inspector: Inspector;
  readonly #load: ((key: string) => unknown) | undefined;

  constructor(inspector: Inspector, load: ((key: string) => unknown) | undefined) {
    this.#inspector = inspector;
    this.#load = load;
  }

  async answer(context: Context): Promise<Response> {
    const refusal = this.#refusal(context);
    if (refusal !== undefined) return context.json({ error: { message: refusal } }, 403);
    const order = orderIn(await bodyOf(context));
    if (order === undefined) return context.json({ error: { message: "this is no action" } }, 400);
    try {
      if (await this.#carryOut(order)) return context.json({ done: true });
      return context.json({ error: { message: `there is no action ${JSON.stringify(order.action)} here` } }, 400);
    } catch (error) {
      return context.json({ error: errorAsJson(error) }, 500);
    }
  }

  /** Why a request is refused; `undefined` if it may pass. */
  #refusal(context: Context): string | undefined {
    if (!isSameOrigin(context)) return "an action must come from the console's own page";
    if (context.req.header("content-type")?.startsWith(BODY_TYPE) !== true) return `an action must be of the type ${BODY_TYPE}`;
    if (!isEqual(context.req.header("x-lastgood-token") ?? "", this.token)) return "the token is wrong: load the page again";
    return undefined;
  }

  /** Whether there is such an action. */
  async #carryOut({ action, ref, key, stamp }: Order): Promise<boolean> {
    if (action === "expire") await this.#inspector.expire(ref);
    else if (action === "delete") await this.#inspector.delete(ref);
    else if (action === "restore") await this.#inspector.restore(ref, stamp);
    else if (action === "load" && this.#load !== undefined) await this.#load(key);
    else return false;
    return true;
  }
}

interface Order {
  readonly action: string;
  readonly ref: string;
  readonly key: string;
  readonly stamp: number;
}

function orderIn({ action, ref, key, stamp = Number.NaN }: Readonly<Record<string, unknown>>): Order | undefined {
  if (typeof action !== "string" || typeof ref !== "string" || typeof key !== "string" || typeof stamp !== "number") return undefined;
  return { action, ref, key, stamp };
}

/** Browsers say it themselves, and no page can make them say something else. One that does not say so names the origin. */
function isSameOrigin(context: Context): boolean {
  const site = context.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  const origin = context.req.header("origin");
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === new URL(context.req.url).host;
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
