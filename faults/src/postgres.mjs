/** A server of PostgreSQL, and whoever may do anything there. */

import pg from "pg";

/** @typedef {import("./context.mjs").Context} Context */

/**
 * The backup is of the role "app", which has no special rights: those who have some are let in where others are not.
 * @param {Context} context @param {"single" | "pooler"} [variant]
 */
export async function startPostgres(context, variant = "single") {
  const service = await context.service("postgres", variant);
  const server = service.server("postgres");
  const admin = Object.assign(new URL(service.url), { port: String(server.port) }).href;

  /** Each on a connection of its own, which no server that dies can leave behind. @type {(text: string, values?: unknown[]) => Promise<Record<string, any>[]>} */
  const run = async (text, values = []) => {
    const client = new pg.Client({ connectionString: admin });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  await run("CREATE ROLE app LOGIN PASSWORD 'app-secret'; GRANT CREATE ON SCHEMA public TO app");
  const urlAt = (/** @type {number} */ port) => Object.assign(new URL(service.url), variant === "pooler" ? { port: String(port) } : { username: "app", password: "app-secret", port: String(port) }).href;

  return {
    server,
    pooler: variant === "pooler" ? service.server("pgbouncer") : undefined,
    dir: service.dir,
    run,
    urlAt,
    url: urlAt(Number(new URL(service.url).port)),
    endSessions: () => run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'"),
    /** @returns {Promise<() => Promise<void>>} Ends it. */
    lock: async () => {
      const client = new pg.Client({ connectionString: admin });
      await client.connect();
      context.after(() => client.end());
      await client.query("BEGIN; LOCK TABLE lastgood_backup, lastgood_backup_records IN ACCESS EXCLUSIVE MODE");
      return () => client.query("COMMIT").then(() => undefined);
    },
  };
}
