/** Everything about a process that belongs to its program, and that a library in it must leave as it was. */

import { createRequire } from "node:module";

// As CommonJS, because these are the objects that others patch.
const require = createRequire(import.meta.url);
const MODULES = ["fs", "fs/promises", "events", "net", "tls", "dns", "http", "https", "child_process", "timers", "async_hooks", "module", "worker_threads"];

/** @typedef {Map<string, unknown>} State What each thing is, by a name for people. */

/** Node makes some of its properties when they are first looked at. What it says about old ones is of no interest here. */
export async function settleNode() {
  for (const [, object] of objects()) {
    for (const key of Reflect.ownKeys(object)) {
      try {
        Reflect.get(object, key);
      } catch {
        // It needs an instance.
      }
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
}

/** @returns {State} */
export function stateOfProcess() {
  /** @type {State} */
  const state = new Map();
  for (const [name, object] of objects()) addProperties(state, name, object);
  for (const event of process.eventNames()) {
    process.rawListeners(event).forEach((listener, index) => state.set(`listener ${index} of process, ${String(event)}`, listener));
  }
  for (const [name, value] of Object.entries(process.env)) state.set(`process.env.${name}`, value);
  state.set("the working directory", process.cwd());
  state.set("the umask", process.umask());
  state.set("the exit code", process.exitCode);
  return state;
}

/** What keeps the event loop alive beside what did `before`. A connection that was closed takes a moment. @param {readonly string[]} before @returns {Promise<string[]>} */
export async function leftAlive(before) {
  for (let turn = 0; ; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    const left = process.getActiveResourcesInfo();
    for (const resource of before) if (left.includes(resource)) left.splice(left.indexOf(resource), 1);
    if (left.length === 0 || turn === 100) return left;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @param {State} before @param {State} after @returns {string[]} */
export function differences(before, after) {
  const names = new Set([...before.keys(), ...after.keys()]);
  return Array.from(names).filter((name) => before.has(name) !== after.has(name) || !Object.is(before.get(name), after.get(name)));
}

/** @returns {Generator<[name: string, object: object]>} */
function* objects() {
  yield ["globalThis", globalThis];
  for (let object = process; object && object !== Object.prototype; object = Object.getPrototypeOf(object)) {
    yield [object === process ? "process" : `a prototype of process (${object.constructor?.name})`, object];
  }
  for (const name of MODULES) yield [`node:${name}`, require(`node:${name}`)];
  for (const { name, prototype } of [Object, Array, Promise, Error, Map, Set, Function, Uint8Array, Buffer]) yield [`${name}.prototype`, prototype];
  yield ["Error", Error];
  yield ["EventEmitter.prototype", require("node:events").prototype];
  yield ["console", console];
}

/** @param {State} state @param {string} name @param {object} object */
function addProperties(state, name, object) {
  for (const key of Reflect.ownKeys(object)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(object, key);
    // A number may count something of Node's own, such as listeners.
    const value = descriptor?.get ?? (typeof descriptor?.value === "number" ? "a number" : descriptor?.value);
    if (isOfNode(name, key)) continue;
    state.set(`${name}.${String(key)}`, value);
  }
}

/** The records that Node itself keeps of listeners: the listeners are looked at one by one. @param {string} name @param {string | symbol} key */
function isOfNode(name, key) {
  return name === "process" && typeof key === "string" && key.startsWith("_events");
}
