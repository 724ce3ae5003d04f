// Scenes that need a process of their own: `node scenes.mjs URL_OF_THE_COMPILED_PACKAGE SCENE`.
// Each prints what it has seen, and ends by itself if the package lets it.

/** @typedef {typeof import("../../src/index.ts")} Core */
/** @typedef {typeof import("../../src/testing.ts")} Testing */

const [, , url, scene = ""] = process.argv;
/** @type {Core} */
const { Datastore } = await import(`${url}index.js`);
/** @type {Testing} */
const { memoryBackup } = await import(`${url}testing.js`);

/** @returns {Promise<never>} */
const never = () => new Promise(() => {});
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** @returns {Promise<never>} */
const down = () => Promise.reject(new Error("down"));
const nobody = () => {};
const itself = (/** @type {unknown} */ error) => error;
const codeOf = (/** @type {{ code: string }} */ { code }) => code;
const messageOf = (/** @type {Error} */ { message }) => message;

/** A store whose answers to operators take a while, in which nothing of it keeps the process alive. */
function slowToList() {
  const real = memoryBackup();
  /** @type {typeof real.list} */
  const list = async function* (options) {
    await slowly();
    yield* real.list(options);
  };
  /** @type {typeof real.read} */
  const read = async (id, options) => {
    await slowly();
    return real.read(id, options);
  };
  return { ...real, list, read };
}

/** @returns {import("../../src/index.ts").ValueCacheAdapter} */
function mapCache() {
  const stored = new Map();
  return {
    name: "map",
    stores: "values",
    get: (id) => stored.get(id),
    set: (id, value) => void stored.set(id, value),
    delete: (id) => void stored.delete(id),
  };
}

async function* nothing() {}
async function* hungList() {
  await never();
}

/** @type {import("../../src/index.ts").BackupAdapter} */
const hungBackup = { name: "hung", read: never, write: never, touch: never, list: hungList, delete: never, lock: never, close: never };
/** @type {import("../../src/index.ts").BackupAdapter} */
const failingBackup = { name: "failing", read: down, write: down, touch: down, list: nothing, delete: down, lock: down, close: down };
/** @type {import("../../src/index.ts").ValueCacheAdapter} */
const hungCache = { name: "hung", stores: "values", get: never, set: never, delete: never, close: never };
/** @type {import("../../src/index.ts").ValueCacheAdapter} */
const failingCache = { name: "failing", stores: "values", get: down, set: down, delete: down, close: down };

/** @type {Record<string, () => Promise<void>>} */
const scenes = {
  /** Everything that can fail behind the back of its callers fails there. Node ends a process at an unhandled rejection. */
  async unhandled() {
    const failing = new Datastore({ cache: failingCache, backup: failingBackup, cullAfter: 1, backupWait: 0 });
    await failing.get("loaded", () => 1);
    await failing.get("failed", down).catch(nobody);
    await failing.set("set", 1).catch(nobody);
    await failing.delete("set").catch(nobody);
    await failing.expire("set").catch(nobody);
    await failing.flush().catch(nobody);
    await failing.close().catch(nobody);

    const hung = new Datastore({ cache: mapCache(), backup: hungBackup, cullAfter: 1, backupWait: 0, backupTimeout: 5, cacheTimeout: 5 });
    await hung.get("loaded", () => 1);
    await hung.get("failed", down).catch(nobody);
    await hung.close().catch(nobody);

    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
    // A load that fails after it has timed out.
    /** @type {(error: Error) => void} */
    let fail = nobody;
    const late = () => new Promise((_, reject) => void (fail = reject));
    await datastore.get("late", late, { timeout: 5 }).catch(nobody);
    fail(new Error("too late"));
    // A load whose only caller has gone, and which fails then.
    const caller = new AbortController();
    const got = datastore.get("gone", late, { signal: caller.signal }).catch(nobody);
    await turn();
    caller.abort();
    await got;
    fail(new Error("nobody's"));
    // A caller that goes away in the moment between the cache and the load.
    const leaving = new AbortController();
    const stop = datastore.on("miss", () => leaving.abort());
    await datastore.get("left", down, { signal: leaving.signal }).catch(nobody);
    stop();
    // A caller that goes away while its load fails at once.
    const failed = new AbortController();
    const stopped = datastore.on("loadFailed", () => failed.abort());
    await datastore.get("failing", down, { signal: failed.signal }).catch(nobody);
    stopped();
    // Many callers of one load that fails.
    await Promise.allSettled(Array.from({ length: 100 }, () => datastore.get("many", down)));
    // Backup first, and a backup that fails.
    const first = new Datastore({ cache: mapCache(), backup: failingBackup, useCache: false });
    await Promise.allSettled(Array.from({ length: 100 }, () => first.get("many", down)));
    await turn();
    await turn();
    console.log("no unhandled rejection");
  },

  /** Nothing is awaited that is not over: what goes on behind must not keep the process. */
  async hungBackup() {
    const hours = /** @type {const} */ ({ backupTimeout: "1h", cacheTimeout: "1h" });
    const datastore = new Datastore({ cache: mapCache(), backup: hungBackup, backupWait: 0, cullAfter: 1, ...hours });
    console.log(await datastore.get("key", () => "answered"));
  },

  async failingWrites() {
    const datastore = new Datastore({ cache: mapCache(), backup: { ...memoryBackup(), write: down } });
    console.log(await datastore.get("key", () => "answered"));
  },

  /** A load that nobody waits for any more. */
  async hungLoad() {
    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
    const caller = new AbortController();
    const got = datastore.get("key", never, { timeout: "1h", signal: caller.signal }).catch(itself);
    await turn();
    caller.abort("enough");
    console.log(await got);
  },

  /** A datastore that has answered, and is neither closed nor used any more. */
  async idle() {
    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
    console.log(await datastore.get("key", () => "answered"));
  },

  async closed() {
    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
    await datastore.get("key", () => 1);
    await datastore.close();
    console.log("closed");
  },

  /** A caller who waits has nothing but core's deadline to wait for: the process must live to see it. */
  async waitingForCache() {
    const datastore = new Datastore({ cache: hungCache, backup: memoryBackup(), cacheTimeout: 20 });
    console.log(await datastore.get("key", () => "answered"));
  },

  async waitingForLoad() {
    const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
    console.log(await datastore.get("key", never, { timeout: 20 }).catch(codeOf));
  },

  async waitingForBackup() {
    const datastore = new Datastore({ cache: mapCache(), backup: hungBackup, backupTimeout: 20 });
    console.log(await datastore.get("key", down).catch(messageOf));
  },

  async waitingForBackupWrite() {
    const datastore = new Datastore({ cache: mapCache(), backup: hungBackup, backupWait: 20 });
    console.log(await datastore.get("key", () => "answered"));
  },

  async waitingForPeek() {
    const datastore = new Datastore({ cache: mapCache(), backup: hungBackup, backupTimeout: 20 });
    console.log(await datastore.peekBackup("key").catch(codeOf));
  },

  async waitingForFlush() {
    const datastore = new Datastore({ cache: mapCache(), backup: { ...memoryBackup(), write: slowly }, backupWait: 0 });
    await datastore.get("key", () => 1);
    await datastore.flush();
    console.log("flushed");
  },

  async waitingForCull() {
    const datastore = new Datastore({ cache: mapCache(), backup: { ...memoryBackup(), lock: () => slowly().then(() => undefined) } });
    await datastore.cull();
    console.log("culled");
  },

  async waitingForOutages() {
    const datastore = new Datastore({ cache: mapCache(), backup: slowToList() });
    for await (const outage of datastore.outages()) console.log(outage.key);
    console.log("no outage");
  },

  async waitingForInspector() {
    const backup = slowToList();
    const datastore = new Datastore({ cache: mapCache(), backup });
    await datastore.set("key", 1);
    const inspector = datastore.inspect();
    let keys = 0;
    for await (const _ of inspector.keys()) keys++;
    const [{ stamp } = { stamp: 0 }, ...more] = await inspector.generations("key");
    await inspector.restore("key", stamp);
    console.log(`${keys} key, ${more.length + 1} generation, restored`);
  },

  async waitingForClear() {
    const datastore = new Datastore({ cache: mapCache(), backup: slowToList() });
    await datastore.set("key", 1);
    const { deleted } = await datastore.clear({ confirm: true });
    console.log(`${deleted} deleted`);
  },

  /** The write is under way when close() is called, and nothing else keeps the process. */
  async waitingForClose() {
    const real = memoryBackup();
    /** @type {typeof real.write} */
    const write = async (...call) => {
      await slowly();
      const stamp = await real.write(...call);
      console.log("durable");
      return stamp;
    };
    const close = () => console.log("store closed");
    const datastore = new Datastore({ cache: mapCache(), backup: { ...real, write, close }, backupWait: 0 });
    await datastore.get("key", () => 1);
    console.log("answered");
    await datastore.close();
    console.log("closed");
  },

  /** The same, but the store hangs: close() is over at its deadlines. */
  async closingHungStores() {
    const datastore = new Datastore({ cache: { ...hungCache, get() {}, set() {} }, backup: hungBackup, backupWait: 0, cacheTimeout: 20, backupTimeout: 20 });
    await datastore.get("key", () => 1);
    console.log(await datastore.close().catch(codeOf));
  },
};

/** Takes some time, and holds nothing: as a client does whose socket is not referenced. */
function slowly() {
  return new Promise((resolve) => setTimeout(resolve, 20).unref());
}

await scenes[scene]?.();
