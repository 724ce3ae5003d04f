/** The source of the values breaks: what the whole is made for. */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { allFailed, allFrom, keys, told } from "../src/expect.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */

const KEYS = keys(20);
/** Longer than the ttl of a process under test. */
const EXPIRED_MS = 200;

/** A process whose keys have been loaded once, and have expired. @param {Context} context @param {import("../src/orders.mjs").SubjectOptions} [options] */
async function warmed(context, options = {}) {
  const subject = await context.start({ backup: `file:${await context.directory()}`, options });
  allFrom(await subject.get(KEYS), "loader");
  await pause(EXPIRED_MS);
  return subject;
}

/** A fault in which each get is answered from its backup. @param {string} state @param {Pick<Fault, "id" | "title" | "injected" | "quick">} fault @param {import("../src/orders.mjs").SubjectOptions} [options] @returns {Fault} */
function fallsBack(state, fault, options) {
  return {
    area: "loader",
    holds: "every get is answered from the backup, marked as stale; the source is asked again later",
    ...fault,
    async run(context) {
      const subject = await warmed(context, options);
      const before = await subject.source(state);
      for (let round = 0; round < 2; round++) {
        allFrom(await subject.get(KEYS), "backup");
        await pause(EXPIRED_MS);
      }
      const loads = (await subject.source("up")) - before;
      assert.equal(loads, 2 * KEYS.length, "the source is asked once for each key that has expired");
      allFrom(await subject.get(KEYS), "loader");
      assert.equal(told(subject.notes, "recovered"), KEYS.length);
      return `${2 * KEYS.length} gets, ${loads} loads, ${told(subject.notes, "fallback")} fallbacks, ${KEYS.length} keys recovered`;
    },
  };
}

/** @type {readonly Fault[]} */
export const loaderFaults = [
  fallsBack("down", { quick: true, id: "loader-rejects", title: "the source is down", injected: "the loader rejects" }),
  fallsBack("throws", { quick: true, id: "loader-throws", title: "the loader has a bug", injected: "the loader throws at once, before it returns a promise" }),
  fallsBack("rejects with nothing", { id: "loader-rejects-nothing", title: "a rejection without a reason", injected: "the loader rejects with `undefined`" }),
  fallsBack("returns an error", { id: "loader-returns-error", title: "an error that is returned", injected: "the loader resolves with an `Error`" }),
  fallsBack("hangs", { quick: true, id: "loader-hangs", title: "a source that never answers", injected: "the loader returns a promise that never settles" }),
  fallsBack("empty", { quick: true, id: "loader-empty", title: "an empty 200", injected: "the loader resolves with an answer that has shrunk to nothing; `validate: notShrunk(0.5)`" }, { keepsSize: true }),
  fallsBack("fails twice", { id: "loader-fails-twice", title: "a loader that fails again when nobody listens", injected: "the loader throws, and 20 ms later a promise of its own rejects" }),
  {
    id: "loader-late",
    area: "loader",
    title: "a source that answers after its time-out",
    injected: "the loader resolves after 1 s, where 500 ms are allowed",
    holds: "callers get the backup when the time is over; the value that comes late is kept for the next ones",
    async run(context) {
      const subject = await warmed(context);
      await subject.source("late");
      allFrom(await subject.get(KEYS), "backup");
      await pause(1_000);
      await subject.source("down");
      const notes = await subject.get(KEYS);
      const first = subject.notes.find((note) => note.note === "get" && note.source === "backup");
      assert.ok(first?.note === "get");
      const late = notes.filter(({ loadedAt = 0 }) => loadedAt > (first.loadedAt ?? 0)).length;
      assert.equal(late, KEYS.length, "the late value was not kept");
      return `${KEYS.length} answers from the backup in time, then ${late} with the value that came late`;
    },
  },
  {
    id: "loader-unserialisable",
    area: "loader",
    title: "a value that cannot be kept",
    injected: "the source begins to return values with functions in them",
    holds: "callers get them; the backup keeps the last one that it could keep, and an event tells",
    quick: true,
    async run(context) {
      const subject = await warmed(context);
      await subject.source("unserialisable");
      allFrom(await subject.get(KEYS), "loader");
      assert.equal(told(subject.notes, "backupFailed", /encode/), KEYS.length);
      await subject.source("down");
      await pause(EXPIRED_MS);
      allFrom(await subject.get(KEYS), "backup");
      return `${KEYS.length} values that no codec keeps were answered and told of, then ${KEYS.length} answers from the backup`;
    },
  },
  {
    id: "loader-nothing",
    area: "loader",
    title: "a source that returns nothing",
    injected: "the loader resolves with `undefined`",
    holds: "callers get it, neither store keeps it, and the backup stays what it was",
    async run(context) {
      const subject = await warmed(context);
      await subject.source("returns nothing");
      for (let round = 0; round < 2; round++) allFrom(await subject.get(KEYS), "loader");
      await subject.source("down");
      allFrom(await subject.get(KEYS), "backup");
      return `${2 * KEYS.length} times nothing, then ${KEYS.length} answers from the backup`;
    },
  },
  {
    id: "loader-gone",
    area: "loader",
    title: "the source has it no more",
    injected: "the loader rejects with a `GoneError`",
    holds: "callers get that error, and the backup is deleted: no later failure brings the value back, in this process or the next",
    quick: true,
    async run(context) {
      const backup = `file:${await context.directory()}`;
      const subject = await context.start({ backup });
      allFrom(await subject.get(KEYS), "loader");
      await pause(EXPIRED_MS);
      await subject.source("gone");
      allFailed(await subject.get(KEYS), /has it no more/);
      await subject.source("down");
      allFailed(await subject.get(KEYS), /the source is down/);
      await subject.close();
      const next = await context.start({ backup });
      await next.source("down");
      allFailed(await next.get(KEYS), /the source is down/);
      return `${KEYS.length} keys gone, and 0 of ${2 * KEYS.length} gets after that brought one back`;
    },
  },
  {
    id: "loader-denied",
    area: "loader",
    title: "the source refuses",
    injected: "the loader rejects with a `DeniedError`",
    holds: "callers get that error, and the backup stays for later",
    quick: true,
    async run(context) {
      const subject = await warmed(context);
      await subject.source("denied");
      allFailed(await subject.get(KEYS), /does not give it/);
      await subject.source("down");
      allFrom(await subject.get(KEYS), "backup");
      return `${KEYS.length} errors of the source, then ${KEYS.length} answers from the backup`;
    },
  },
];
