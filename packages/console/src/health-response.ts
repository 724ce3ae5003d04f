import type { Datastore, Health } from "@lastgood/core";
import { wrong, withKnownOptions } from "./checks.ts";

/** Options of `healthResponse`. */
export interface HealthResponseOptions {
  /**
   * Whether the answer names keys, errors and stores. Leave it out where strangers can ask: keys and error messages may be secrets.
   * @default false
   */
  readonly details?: boolean | undefined;
}

/**
 * Answers a readiness probe. The status is 200 for as long as the datastore answers gets: in an outage that the backups cover as well, and
 * while a cache or a backup store is down. It is 503 once the datastore has been closed. The body is JSON: `status` is `"pass"`, `"warn"`
 * in an outage or while a store fails, and `"fail"`. Times are milliseconds.
 *
 * Throws `TypeError` for an argument that is wrong.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { healthResponse } from "@lastgood/console";
 *
 * createServer(async (_request, response) => {
 *   const answer = healthResponse(datastore);
 *   response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
 * });
 * ```
 */
export function healthResponse(datastore: Datastore, options: HealthResponseOptions = {}): Response {
  if (typeof datastore?.health !== "function") throw wrong("healthResponse", "datastore", "a Datastore of @lastgood/core", datastore);
  const { details = false } = withKnownOptions("healthResponse", options, ["details"]);
  if (typeof details !== "boolean") throw wrong("healthResponse", "details", "true or false", details);
  const health = datastore.health();
  const isClosed = datastore.inspect().isClosed;
  const body = { status: isClosed ? "fail" : statusOf(health), ...summaryOf(health), ...(isClosed && { closed: true }), ...(details && { health }) };
  const headers = { "content-type": "application/health+json", "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return new Response(JSON.stringify(body), { status: isClosed ? 503 : 200, headers });
}

function statusOf({ fallback, cache, backup }: Health): "pass" | "warn" {
  const isWell = fallback.length === 0 && cache.state === "ok" && backup.state === "ok" && backup.pendingWrites === 0;
  return isWell ? "pass" : "warn";
}

function summaryOf({ name, fallback, cache, backup, unprotected }: Health): object {
  return {
    ...(name !== undefined && { name }),
    keysInFallback: fallback.length,
    oldestAge: fallback.reduce((oldest, { age }) => Math.max(oldest, age), 0),
    cache: cache.state,
    backup: backup.state,
    pendingWrites: backup.pendingWrites,
    unprotectedKeys: unprotected.length,
  };
}
