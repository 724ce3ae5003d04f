import { describe, expect, it } from "vitest";
import { compressedCodec, Datastore, encryptedCodec, fromEnv, isDatastoreError, meter, type LoadContext, notShrunk, parseDuration } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { setUp } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

/** What a program in JavaScript may hand in: anything. */
type Anything = never;
type Call = (options: Anything) => unknown;

/** What the call throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("expected it to throw");
}

async function messageOf(call: () => unknown): Promise<string> {
  const error = await errorOf(call);
  expect(isDatastoreError(error)).toBe(false);
  expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
  return (error as Error).message; // as was just seen
}

const { datastore } = setUp();
const namespace = datastore.namespace("n");
const load = (): number => 1;
const stores = (): object => ({ cache: mapCache(), backup: memoryBackup() });
const keys = [{ id: "2031", secret: new Uint8Array(32) }];

/** Every function of core that takes options, under the name that its messages begin with. */
const FUNCTIONS: readonly (readonly [where: string, call: Call])[] = [
  ["new Datastore", (options) => new Datastore({ ...stores(), ...(options as object) } as Anything)],
  ["get", (options) => datastore.get("key", load, options)],
  ["getResult", (options) => datastore.getResult("key", load, options)],
  ["set", (options) => datastore.set("key", 1, options)],
  ["cull", (options) => datastore.cull(options)],
  ["define", (options) => datastore.define({ key: "key", load, ...(options as object) } as Anything)],
  ["get", (options) => namespace.get("key", load, options)],
  ["getResult", (options) => namespace.getResult("key", load, options)],
  ["set", (options) => namespace.set("key", 1, options)],
  ["define", (options) => namespace.define({ key: "key", load, ...(options as object) } as Anything)],
  ["compressedCodec", (options) => compressedCodec(options)],
  ["encryptedCodec", (options) => encryptedCodec({ keys, ...(options as object) } as Anything)],
  ["meter", (options) => meter(datastore, options)],
  ["memoryBackup", (options) => memoryBackup(options)],
];

describe("The message for an option that cannot be meant", () => {
  it.each(FUNCTIONS)("The message for an option that cannot be meant names the function, the option, what it must be and what was given, for every option that there is: %s", async (where, call) => {
    const unknown = await messageOf(() => call({ nonsense: 1 } as Anything));
    const [, list = ""] = new RegExp(`^${where}: options must be among (.*); got "nonsense"$`).exec(unknown) ?? [];
    const options = list.split(", ");
    expect(options[0]).toMatch(/^\w+$/);
    for (const option of options) {
      const message = await messageOf(() => call({ [option]: Symbol("wrong") } as Anything));
      expect(message).toMatch(new RegExp(`^${where}: ${option} must be .+; got a symbol$`));
    }
  });

  it.each(FUNCTIONS.filter(([where]) => where !== "define" && where !== "new Datastore" && where !== "encryptedCodec"))("The message for an option that cannot be meant says so where there are no options at all, but something else: %s", async (where, call) => {
    for (const [value, got] of [[null, "null"], [[], "an array"]] as const) {
      expect(await messageOf(() => call(value as Anything))).toMatch(new RegExp(`^${where}: options must be an object.*; got ${got}$`));
    }
  });

  const at = (option: string, value: unknown) => () => new Datastore({ ...stores(), [option]: value } as Anything);
  const context = (use: (context: LoadContext) => unknown) => () => datastore.get("fresh", (given) => void use(given));
  const WRONG: readonly (readonly [message: string, call: () => unknown])[] = [
    ['new Datastore: ttl must be a number with a unit (ms, s, m, h, d or w), such as "5m"; got "5 minutes"', at("ttl", "5 minutes")],
    ['new Datastore: ttl must be a number of milliseconds or a duration such as "5m"; got NaN', at("ttl", NaN)],
    ['new Datastore: fallbackTtl must be a number of milliseconds or a duration such as "5m"; got null', at("fallbackTtl", null)],
    ["new Datastore: maxStale must be 0 or more milliseconds; got -1", at("maxStale", -1)],
    ["new Datastore: timeout must be more than 0 milliseconds; got 0", at("timeout", 0)],
    ["new Datastore: softTimeout must be more than 0 milliseconds; got -5", at("softTimeout", -5)],
    ["new Datastore: refreshAhead must be a number from 0 to 1; got 1.1", at("refreshAhead", 1.1)],
    ['new Datastore: jitter must be a number from 0 to 1; got "0.1"', at("jitter", "0.1")],
    ["new Datastore: drill must be a number from 0 to 1; got 2", at("drill", 2)],
    ["new Datastore: cullAfter must be a whole number from 1 on, or Infinity; got 0.5", at("cullAfter", 0.5)],
    ["new Datastore: useCache must be true or false; got 0", at("useCache", 0)],
    ['new Datastore: validate must be a function or a Standard Schema; got "zod"', at("validate", "zod")],
    ["new Datastore: shouldFallback must be a function; got true", at("shouldFallback", true)],
    ["new Datastore: shouldFallback must be a function that answers at once; got an async function", at("shouldFallback", async () => true)],
    ["new Datastore: cache must be a cache adapter, such as memoryCache() of @lastgood/cache-memory; got an object", at("cache", {})],
    ['new Datastore: backup must be a backup adapter, such as fsBackup("./backups") of @lastgood/backup-fs; got "./backups"', at("backup", "./backups")],
    ["new Datastore: codec must be an object with name, encode and decode, such as structuredCodec; got an object", at("codec", {})],
    ['new Datastore: codec.name must be 1 to 255 characters of ASCII without spaces; got "über"', at("codec", { name: "über", encode() {}, decode() {} })],
    ["new Datastore: readable must be a list of codecs, such as [structuredCodec]; got an object", at("readable", {})],
    ["new Datastore: readable[0] must be an object with name, encode and decode, such as structuredCodec; got 5", at("readable", [5])],
    ['new Datastore: name must be a string with something in it, or be left out; got " "', at("name", " ")],
    ["new Datastore: clock must be an object whose now() returns epoch milliseconds; got 5", at("clock", 5)],
    ["new Datastore: clock must be an object whose now() returns epoch milliseconds; got an object whose now() returned NaN", at("clock", { now: () => NaN })],
    ["new Datastore: options must be an object of options; got undefined", () => new Datastore(undefined as Anything)],
    ["get: signal must be an AbortSignal; got an object", () => datastore.get("key", load, { signal: new AbortController() as Anything })],
    ["get: key must be a string; got 5", () => datastore.get(5 as Anything, load)],
    ["getResult: key must be a string; got undefined", () => datastore.getResult(undefined as Anything, load)],
    ["set: key must be a string; got null", () => namespace.set(null as Anything, 1)],
    ["expire: key must be a string; got an object", () => namespace.expire({} as Anything)],
    ["delete: key must be a string; got a symbol", () => datastore.delete(Symbol("key") as Anything)],
    ["peekBackup: key must be a string; got 5n", () => datastore.peekBackup(5n as Anything)],
    ['get: loader must be a function; got "loader"', () => datastore.get("key", "loader" as Anything)],
    ["getResult: loader must be a function; got undefined", () => datastore.getResult("key", undefined as Anything)],
    ['set: value must be something to keep; got undefined for "key". To forget a value, call delete', () => datastore.set("key", undefined)],
    ["define: options must be an object of options; got null", () => datastore.define(null as Anything)],
    ["define: key must be a string or a function; got 7", () => datastore.define({ key: 7 as Anything, load })],
    ["define: load must be a function; got undefined", () => datastore.define({ key: "key" } as Anything)],
    ["define: key must be a function that returns a string; got one that returned 7", () => datastore.define({ key: () => 7 as Anything, load })()],
    ["namespace: name must be a string; got 7", () => datastore.namespace(7 as Anything)],
    ['namespace: name must be a string with something in it, without U+0000; got ""', () => namespace.namespace("")],
    ["on: listener must be a function; got undefined", () => datastore.on("hit", undefined as Anything)],
    ['cull: options must be among force; got "forced". Did you mean force?', () => datastore.cull({ forced: true } as Anything)],
    ["setTtl: ttl must be a number of milliseconds or a duration such as \"5m\"; got undefined", context(({ setTtl }) => setTtl(undefined as Anything))],
    ["setMeta: metadata must be an object of strings; got null", context(({ setMeta }) => setMeta(null as Anything))],
    ["setMeta: metadata.etag must be a string; got 5", context(({ setMeta }) => setMeta({ etag: 5 as Anything }))],
    ["notShrunk: share must be a number above 0 and up to 1; got 0", () => notShrunk(0)],
    ["notShrunk: measure must be a function; got null", () => notShrunk(0.5, null as Anything)],
    ['POLL_EVERY must be a number with a unit (ms, s, m, h, d or w), such as "5m"; got "soon"', () => parseDuration("soon", "POLL_EVERY")],
    ["compressedCodec: threshold must be a whole number from 0 on; got 0.5", () => compressedCodec({ threshold: 0.5 })],
    ["encryptedCodec: keys must be a list of at least one { id, secret }; got an array", () => encryptedCodec({ keys: [] })],
    ["encryptedCodec: keys[0] must be { id, secret }; got string", () => encryptedCodec({ keys: ["secret"] as Anything })],
    ["encryptedCodec: keys[0].secret must be a Uint8Array of 32 bytes; got 5 bytes", () => encryptedCodec({ keys: [{ id: "a", secret: new Uint8Array(5) }] })],
    ['encryptedCodec: keys[1].id must be different from the ids before it; got "2031"', () => encryptedCodec({ keys: [...keys, ...keys] })],
    ["memoryBackup: generations must be a whole number from 2 on; got 1", () => memoryBackup({ generations: 1 })],
    ["manualClock: time must be a finite number of milliseconds; got NaN", () => manualClock(NaN)],
    ["fromEnv: adapters must be a list such as [memoryCache, fsBackup]; got undefined", () => fromEnv({} as Anything)],
    ["fromEnv: env must be an object such as process.env; got null", () => fromEnv({ adapters: [], env: null as Anything })],
  ];

  it.each(WRONG)("The message for an option that cannot be meant is: %s", async (message, call) => {
    expect(await messageOf(call)).toBe(message);
  });

  it("The message for an option that cannot be meant lists the events that there are", async () => {
    expect(await messageOf(() => datastore.on("hits" as Anything, () => {}))).toMatch(/^on: event must be one of hit, miss, .*; got "hits"$/);
  });
});
