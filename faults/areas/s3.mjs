/** S3 breaks, as the backup of a process that works. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { allFrom, keys, sources, told } from "../src/expect.mjs";
import { refuse, reply, startS3 } from "../src/s3.mjs";
import { backupOutage } from "./backup-outage.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/s3.mjs").Asked} Asked */

const KEYS = keys(5);
const OPTIONS = { backupTimeout: "3s" };
const HOLDS =
  "fresh values are the answer; with the source down too there is the source's own error at worst; once S3 is well again it has the newest value of every key, also for the next process";
/** Where the newest record cannot be read the one before it is the answer. */
const READS_LIE = { holds: `${HOLDS}; while the newest record is not readable the one before it answers`, allows: /** @type {const} */ (["error", "older"]) };
const HTML = "<!DOCTYPE html><html><body>Please log in</body></html>";

/**
 * @param {Pick<Fault, "id" | "title" | "injected"> & Partial<Fault>} fault
 * @param {RegExp} tells
 * @param {(asked: Asked) => unknown} before What is answered in the place of S3.
 * @returns {Fault}
 */
function answered(fault, tells, before) {
  return {
    area: "s3",
    holds: HOLDS,
    needs: ["s3"],
    allows: ["error"],
    ...fault,
    async run(context) {
      const { between, env, urlAt } = await startS3(context);
      return backupOutage(context, {
        start: { backup: urlAt(between.url), env },
        disturb: () => (between.before = before),
        heal: () => (between.before = () => undefined),
        tells,
      });
    },
  };
}

/** @type {readonly Fault[]} */
export const s3Faults = [
  answered({ id: "s3-403", title: "denies access", injected: "403 AccessDenied to every request", quick: true }, /AccessDenied/, (asked) => refuse(asked, 403, "AccessDenied")),
  answered({ id: "s3-404", title: "the bucket is gone", injected: "404 NoSuchBucket to every request" }, /NoSuchBucket/, (asked) => refuse(asked, 404, "NoSuchBucket")),
  answered({ id: "s3-500", title: "fails", injected: "500 InternalError to every request" }, /InternalError/, (asked) => refuse(asked, 500, "InternalError")),
  answered({ id: "s3-503", title: "is overloaded", injected: "503 SlowDown to every request" }, /SlowDown/, (asked) => refuse(asked, 503, "SlowDown")),
  answered({ id: "s3-reset", title: "connections are reset", injected: "every connection is reset once its request is there" }, /ECONNRESET/, ({ request }) => {
    request.socket.resetAndDestroy();
    return true;
  }),
  answered({ id: "s3-silent", title: "says nothing", injected: "no request is answered" }, /did not answer/, () => true),
  answered({ id: "s3-stalled-body", title: "a body that stalls", injected: "every object begins and does not go on" }, /did not answer/, ({ operation, response }) => {
    if (operation !== "get") return false;
    response.writeHead(200, { "content-length": 1_000 }).write("LGD");
    return true;
  }),
  answered({ id: "s3-truncated-body", title: "a body that is cut off", injected: "the connection is cut in the middle of every object" }, /ECONNRESET|aborted|Connection lost/, ({ operation, response }) => {
    if (operation !== "get") return false;
    response.writeHead(200, { "content-length": 1_000 }).write("LGD", () => response.destroy());
    return true;
  }),
  answered({ id: "s3-wrong-bytes", title: "other bytes than were written", injected: "every object is 300 random bytes", ...READS_LIE }, /not a lastgood record|damaged/, ({ operation, response }) => {
    if (operation !== "get") return false;
    response.writeHead(200, { "content-length": 300 }).end(randomBytes(300));
    return true;
  }),
  answered({ id: "s3-html", title: "a proxy answers with a page", injected: "200 with a page of HTML to every request" }, /status 200|not one of S3/, (asked) => reply(asked, 200, HTML)),
  answered({ id: "s3-html-object", title: "a page in the place of an object", injected: "200 with a page of HTML for every object", ...READS_LIE }, /not a lastgood record/, (asked) => asked.operation === "get" && reply(asked, 200, HTML)),
  ...[
    { status: 412, code: "PreconditionFailed" },
    { status: 409, code: "ConditionalRequestConflict" },
    { status: 501, code: "NotImplemented" },
  ].map(({ status, code }) =>
    answered({ id: `s3-${status}`, title: `a clone that does not know better: ${code}`, injected: `${status} ${code} to every write` }, new RegExp(code), (asked) => asked.operation === "put" && refuse(asked, status, code)),
  ),
  {
    id: "s3-frozen",
    area: "s3",
    title: "freezes",
    injected: "SIGSTOP to the server, later SIGCONT",
    holds: HOLDS,
    needs: ["s3"],
    allows: ["error"],
    async run(context) {
      const { server, env, url } = await startS3(context);
      return backupOutage(context, { start: { backup: url, env }, disturb: () => server.pause(), heal: () => server.resume(), tells: /did not answer/ });
    },
  },
  {
    id: "s3-unreachable",
    area: "s3",
    title: "cannot be reached",
    injected: "a proxy refuses every connection",
    holds: HOLDS,
    needs: ["s3"],
    allows: ["error"],
    async run(context) {
      const { server, env, urlAt } = await startS3(context);
      const proxy = await context.proxy(server.port);
      return backupOutage(context, {
        start: { backup: urlAt(`http://127.0.0.1:${proxy.port}`), env },
        disturb: () => proxy.close(),
        heal: () => proxy.open(),
        tells: /ECONNREFUSED|ECONNRESET/,
      });
    },
  },
  {
    id: "s3-killed",
    area: "s3",
    title: "dies and does not come back",
    injected: "SIGKILL to the server",
    holds: "values are loaded; with the source down too there is its own error; close() says that writes are not durable, and the process ends",
    needs: ["s3"],
    allows: ["error"],
    async run(context) {
      const { server, env, url } = await startS3(context);
      const subject = await context.start({ backup: url, env, options: OPTIONS });
      allFrom(await subject.get(KEYS), "loader");
      await server.kill();
      await pause(200);
      allFrom(await subject.get(KEYS), "loader");
      await subject.source("down");
      await pause(200);
      await subject.get(KEYS);
      await subject.close();
      return `${sources(context.log)}; ${told(context.log, "backupFailed")} failures of the backup told`;
    },
  },
  {
    id: "s3-wrong-secret",
    area: "s3",
    title: "wrong credentials from the start",
    injected: "a secret that is not the one of the access key",
    holds: "values are loaded; the writes that are kept in memory answer when the source is down; the secret is in no event",
    needs: ["s3"],
    allows: ["error"],
    async run(context) {
      const { env, url } = await startS3(context);
      const subject = await context.start({ backup: url, env: { ...env, AWS_SECRET_ACCESS_KEY: "canary-secret" }, verbose: true, options: OPTIONS });
      allFrom(await subject.get(KEYS), "loader");
      await subject.source("down");
      await pause(200);
      allFrom(await subject.get(KEYS), "backup");
      await subject.close();
      assert.ok(!JSON.stringify(context.log).includes("canary-secret"), "the secret stands in an event");
      return `${sources(context.log)}; ${told(context.log, "backupFailed", /SignatureDoesNotMatch/)} refusals told`;
    },
  },
  {
    id: "s3-clock-skew",
    area: "s3",
    title: "the clocks of host and S3 differ by an hour",
    injected: "403 RequestTimeTooSkewed to every request that is not signed for an hour from now",
    holds: "nothing is lost: requests are signed for the time of the server",
    needs: ["s3"],
    async run(context) {
      const { between, env, urlAt } = await startS3(context);
      let refused = 0;
      between.before = (asked) => {
        const serverNow = Date.now() + 3_600_000;
        asked.response.setHeader("date", new Date(serverNow).toUTCString());
        if (Math.abs(signedAt(asked) - serverNow) < 300_000) return false;
        refused += 1;
        return refuse(asked, 403, "RequestTimeTooSkewed");
      };
      const subject = await context.start({ backup: urlAt(between.url), env, options: OPTIONS });
      allFrom(await subject.get(KEYS), "loader");
      await subject.source("down");
      await pause(200);
      allFrom(await subject.get(KEYS), "backup");
      return `${refused} requests refused, ${told(context.log, "backupFailed")} calls failed; ${sources(context.log)}`;
    },
  },
];

/** @param {Asked} asked @returns {number} When it was signed, in epoch milliseconds. */
function signedAt({ request }) {
  const date = String(request.headers["x-amz-date"]);
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}
