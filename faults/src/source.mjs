/** What the process under test loads from, in every state that a source can be in. */

import { setTimeout as pause } from "node:timers/promises";
import { DeniedError, GoneError } from "@lastgood/core";
import { loadByHttp, takeAsItComes } from "./http-client.mjs";
import { makeValue } from "./value.mjs";

/**
 * @typedef {string} SourceState One of those below.
 * @typedef {import("@lastgood/core").LoadContext} LoadContext
 */

/** Errors that a source threw: what a caller gets in their place is none of its. @type {WeakSet<object>} */
const thrown = new WeakSet();

/** @template {Error} E @param {E} error @returns {E} */
function own(error) {
  thrown.add(error);
  return error;
}

/** @param {unknown} error */
export function isOwn(error) {
  return typeof error === "object" && error !== null && thrown.has(error);
}

/** @param {string} key @param {number} size */
function freshValue(key, size) {
  return makeValue(key, Number(process.hrtime.bigint()), size);
}

function down() {
  return Promise.reject(own(new Error("the source is down")));
}

/** @type {Record<string, (context: LoadContext, size: number, url: string) => unknown>} */
const STATES = {
  up: ({ key }, size) => freshValue(key, size),
  slow: ({ key }, size) => pause(100).then(() => freshValue(key, size)),
  down,
  // What is told is what others set: the source has never heard of it.
  "not told": ({ key }, size) => (key.startsWith("told") ? down() : freshValue(key, size)),
  throws: () => {
    throw own(new TypeError("the loader has a mistake in it"));
  },
  "rejects with nothing": () => Promise.reject(undefined),
  "returns an error": () => own(new Error("the source returned its error")),
  "returns nothing": () => undefined,
  hangs: () => new Promise(() => {}),
  // Later than the time-out that the harness sets.
  late: async ({ key }, size) => {
    const value = freshValue(key, size);
    await pause(1_000);
    return value;
  },
  unserialisable: ({ key }, size) => Object.assign(freshValue(key, size), { callback: () => {} }),
  gone: () => Promise.reject(own(new GoneError("the source has it no more"))),
  denied: () => Promise.reject(own(new DeniedError("the source does not give it"))),
  empty: () => ({ entries: [] }),
  http: (context, _size, url) => loadByHttp(context, url).catch((/** @type {Error} */ error) => Promise.reject(own(error))),
  "http, taken as it comes": (context, _size, url) => takeAsItComes(context, url),
  // A loader that goes on after it has failed, and fails once more when nobody listens.
  "fails twice": async () => {
    void pause(20).then(() => Promise.reject(new Error("a second failure"))).catch(() => {});
    throw own(new Error("a first failure"));
  },
};

/** A source, which is up until it is told otherwise. */
export class Source {
  /** @type {SourceState} */ state = "up";
  /** How many characters fill a value. */
  size = 100;
  /** Where it is asked, if it is asked over HTTP. */
  url = "";
  /** How often it was asked. */
  loads = 0;

  /** @param {LoadContext} context @returns {unknown} */
  load = (context) => {
    this.loads += 1;
    const answer = STATES[this.state];
    if (answer === undefined) throw new RangeError(`there is no source that is ${this.state}`);
    return answer(context, this.size, this.url);
  };
}
