/** PostgreSQL breaks, as the backup of a process that works. */

import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { allFrom, keys, sources, told } from "../src/expect.mjs";
import { command } from "../src/machine/command.mjs";
import { smallDisk } from "../src/machine/disk.mjs";
import { allStandIn, durable, KEYS as MORE_KEYS, loaded, LOADS } from "../src/machine/steps.mjs";
import { startPostgres } from "../src/postgres.mjs";
import { backupOutage } from "./backup-outage.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */
/** @typedef {Awaited<ReturnType<typeof startPostgres>>} Postgres */
/** @typedef {{ backup?: string, disturb: () => unknown, heal: () => unknown }} Trouble */

const KEYS = keys(5);
const OPTIONS = { backupTimeout: "3s" };
const HOLDS =
  "fresh values are the answer; with the source down too there is the source's own error at worst; once PostgreSQL is well again it has the newest value of every key, also for the next process";

/**
 * @param {Pick<Fault, "id" | "title" | "injected"> & Partial<Fault>} fault
 * @param {RegExp} tells
 * @param {(postgres: Postgres, context: Context) => Trouble | Promise<Trouble>} trouble
 * @param {"single" | "pooler"} [variant]
 * @returns {Fault}
 */
function outage(fault, tells, trouble, variant) {
  return {
    area: "postgres",
    holds: HOLDS,
    needs: ["postgres"],
    allows: ["error"],
    ...fault,
    async run(context) {
      const postgres = await startPostgres(context, variant);
      const { backup = postgres.url, disturb, heal } = await trouble(postgres, context);
      return backupOutage(context, { start: { backup }, disturb, heal, tells });
    },
  };
}

/** @type {readonly Fault[]} */
export const postgresFaults = [
  outage({ id: "postgres-killed", title: "dies and is started again", injected: "SIGKILL to all processes of the server under load, later a start on the same port", quick: true }, /ECONNREFUSED|ECONNRESET|terminated|57P0/, ({ server }) => ({
    disturb: () => server.kill(),
    heal: () => server.start(),
  })),
  outage({ id: "postgres-frozen", title: "freezes", injected: "SIGSTOP to all processes of the server, later SIGCONT" }, /did not answer/, ({ server }) => ({
    disturb: () => server.pause(),
    heal: () => server.resume(),
  })),
  outage({ id: "postgres-unreachable", title: "cannot be reached", injected: "a proxy refuses every connection" }, /ECONNREFUSED|ECONNRESET|terminated/, async ({ server, urlAt }, context) => {
    const proxy = await context.proxy(server.port);
    return { backup: urlAt(proxy.port), disturb: () => proxy.close(), heal: () => proxy.open() };
  }),
  outage({ id: "postgres-silent", title: "no packet comes through any more", injected: "a proxy that passes nothing on, and tells nobody" }, /did not answer/, async ({ server, urlAt }, context) => {
    const proxy = await context.proxy(server.port);
    return { backup: urlAt(proxy.port), disturb: () => proxy.stall(), heal: () => proxy.flow() };
  }),
  outage({ id: "postgres-read-only", title: "has become a standby", injected: "default_transaction_read_only for the role, whose tables are out of its reach too, and an end to its sessions; later a primary again" }, /25006/, ({ run, endSessions }) => ({
    disturb: async () => {
      // What is asked of it fails as well: a backup that only reads would go on to answer.
      await run("ALTER ROLE app SET default_transaction_read_only = on; ALTER ROLE app SET search_path = nowhere");
      await endSessions();
    },
    heal: async () => {
      await run("ALTER ROLE app RESET ALL");
      await endSessions();
    },
  })),
  outage({ id: "postgres-too-many-connections", title: "has no connections left", injected: "CONNECTION LIMIT 0 for the role, and an end to its sessions" }, /53300/, ({ run, endSessions }) => ({
    disturb: async () => {
      await run("ALTER ROLE app CONNECTION LIMIT 0");
      await endSessions();
    },
    heal: () => run("ALTER ROLE app CONNECTION LIMIT -1"),
  })),
  outage({ id: "postgres-statement-timeout", title: "another session has the tables locked", injected: "LOCK TABLE in a transaction that does not end, and a statement_timeout of 300 ms for the role" }, /57014/, async ({ run, lock, endSessions }) => {
    /** @type {(() => Promise<void>) | undefined} */
    let unlock;
    await run("ALTER ROLE app SET statement_timeout = '300ms'");
    return {
      disturb: async () => {
        await endSessions();
        unlock = await lock();
      },
      heal: () => unlock?.(),
    };
  }),
  outage({ id: "postgres-pooler-killed", title: "the pooler between dies", injected: "SIGKILL to PgBouncer in transaction mode, later a start on the same port" }, /ECONNREFUSED|ECONNRESET|terminated/, ({ pooler }) => ({
    disturb: () => pooler?.kill(),
    heal: () => pooler?.start(),
  }), "pooler"),
  outage({ id: "postgres-behind-pooler-killed", title: "dies behind its pooler", injected: "SIGKILL to the server behind PgBouncer, later a start on the same port" }, /./, ({ server }) => ({
    disturb: () => server.kill(),
    heal: () => server.start(),
  }), "pooler"),
  {
    id: "postgres-killed-in-commits",
    area: "postgres",
    title: "is killed in the middle of commits, again and again",
    injected: "5 times: SIGKILL to all processes of the server while every key is loaded again and again, a start; once nothing is owed, SIGKILL to the process and a new one whose source is down",
    holds: "each time every key is answered from the backup, by its newest value",
    needs: ["postgres"],
    patienceMs: 300_000,
    async run(context) {
      const { server, url } = await startPostgres(context);
      for (let round = 0; round < 5; round++) {
        const start = { backup: url, options: OPTIONS };
        const subject = await loaded(context, start);
        await subject.work(MORE_KEYS, { options: LOADS });
        await pause(20 + round * 15);
        await server.kill();
        await subject.rest();
        await server.start();
        await durable(context, start, subject);
      }
      return sources(context.log);
    },
  },
  {
    id: "postgres-disk-full",
    area: "postgres",
    title: "the disk of its tables is full",
    injected: "a tablespace on a tmpfs of 4 MB, which a file fills while values grow; later it is removed",
    holds: "callers get fresh values within their deadlines, backups go on to answer, and what is owed is written once that is possible",
    needs: ["postgres", "root"],
    async run(context) {
      const postgres = await startPostgres(context);
      const disk = await smallDisk(context, { size: 4 * 1024 * 1024 });
      // Others may pass through it, to what is theirs.
      await chmod(dirname(disk.path), 0o711);
      await command("chown", "--reference", join(postgres.dir, "data"), disk.path);
      await postgres.run(`CREATE TABLESPACE small LOCATION '${disk.path}'`);
      await postgres.run("ALTER ROLE app SET default_tablespace = small; GRANT CREATE ON TABLESPACE small TO app");
      const start = { backup: postgres.url, options: OPTIONS };
      const subject = await loaded(context, start);
      // A text that repeats itself would find room everywhere.
      await postgres.run("ALTER TABLE lastgood_backup_records ALTER bytes SET STORAGE EXTERNAL");
      await command("sh", "-c", 'cat /dev/zero > "$1" || true', "sh", join(disk.path, "filler"));
      await subject.source("up", { size: 20_000 });
      allFrom(await subject.get(MORE_KEYS, LOADS), "loader");
      await allStandIn(subject);
      const failed = told(subject.notes, "backupFailed", /53100/);
      assert.ok(failed > 0, "no write has failed");
      await command("rm", join(disk.path, "filler"));
      await durable(context, start, subject);
      return `${failed} writes failed for want of room, ${MORE_KEYS.length} keys were durable when it was over`;
    },
  },
  {
    id: "postgres-wrong-password",
    area: "postgres",
    title: "a wrong password from the start",
    injected: "a password that is not the one of the role",
    holds: "values are loaded; the writes that are kept in memory answer when the source is down; the password is in no event",
    needs: ["postgres"],
    allows: ["error"],
    async run(context) {
      const { url } = await startPostgres(context);
      const wrong = Object.assign(new URL(url), { password: "canary-secret" }).href;
      const subject = await context.start({ backup: wrong, verbose: true, options: OPTIONS });
      allFrom(await subject.get(KEYS), "loader");
      await subject.source("down");
      await until(async () => allFrom(await subject.get(KEYS, LOADS), "backup"));
      await subject.close();
      assert.ok(!JSON.stringify(context.log).includes("canary-secret"), "the password stands in an event");
      return `${sources(context.log)}; ${told(context.log, "backupFailed", /28P01/)} refusals told`;
    },
  },
];
