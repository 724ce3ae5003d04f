import type { ByteCacheAdapter, CacheAdapter, ValueCacheAdapter } from "@lastgood/core/adapter";
import type { CreateStore } from "../src/index.ts";
import type { Broken } from "./broken.ts";
import { byteCache, comparingByteCache, fleetCache, storeOf, valueCache } from "./correct.ts";

function bytes(override: (correct: ByteCacheAdapter) => Partial<ByteCacheAdapter>): CreateStore<CacheAdapter> {
  return storeOf(() => {
    const correct = byteCache();
    return { ...correct, ...override(correct) };
  });
}

function values(override: (correct: ValueCacheAdapter) => Partial<ValueCacheAdapter>): CreateStore<CacheAdapter> {
  return storeOf(() => {
    const correct = valueCache();
    return { ...correct, ...override(correct) };
  });
}

const NAME = "a cache has a name, and says whether it stores values or bytes";
const UNDEFINED = "get answers undefined for an id that was never set";
const LAST_SET = "get returns the value that was last set";
const AS_GIVEN = "get returns the very value that was set, or the same bytes, every one of the 256";
const NO_BYTES = "a value of no bytes is told from no value";
const LARGE = "a value of 256 KiB is kept whole";
const VIEW = "only the bytes of a view are kept, not those of the buffer around it";
const GIVEN = "bytes given to the adapter are not changed";
const RETURNED = "bytes returned by the adapter are not changed later";
const OWN = "the caller may change bytes that a byte cache returned: no value and no other answer changes with them";
const REALM = "bytes of another realm are accepted, as a test file under Jest has them";
const IDS = "every valid id is accepted, and ids are told apart";
const ANY_TTL = "set refuses no ttl, however short or long, whole or not";
const LONG_TTL = "a long ttl is not taken for a short one";
const DELETE = "delete forgets this id and no other";
const DELETE_ABSENT = "deleting an absent id is no error";
const SET_AGAIN = "an id can be set again after its delete";
const SAME_ID = "many sets of the same id at once leave one of the values, and a get among them gives one of them, whole";
const MANY_IDS = "many sets of different ids at once leave each id its own value";
const ABORTED = "with a signal that is aborted, a call rejects or answers, and no value is spoilt";
const CLOSE_ONE = "closing one adapter closes nothing of another one's";
const CLOSE_TWICE = "a second close does nothing";

const UNLESS_NEWER = "setUnlessNewer, if a store has it, leaves the value of the greatest loadedAt, whatever the order";
const FRESHER = "setUnlessNewer, if a store has it, leaves a value of the same loadedAt that is fresh after unlessFreshAfter, and replaces every other";
const SET_AFTER = "set replaces what setUnlessNewer has kept, and a delete forgets its loadedAt";

function comparing(override: (correct: ByteCacheAdapter) => Partial<ByteCacheAdapter>): CreateStore<CacheAdapter> {
  return storeOf(() => {
    const correct = comparingByteCache();
    return { ...correct, ...override(correct) };
  });
}

const MANY = "getMany, if a store has it, answers as get does for each id, in their order, whether it is there, absent, or asked for twice";

const HEARD = "announce, if a store has it, is heard by all who listen, the announcer included, in one order and whole";
const CONFIRMED = "listen, if a store has it, tells of a gap when it begins, and confirm resolves once all is heard that was announced before it";
const STOPPED = "after stop, nothing is heard, and a second stop does nothing";
const ONE_LEASE = "lease, if a store has it, is one process's at a time, and no other id's";
const ONE_OF_MANY = "lease, if a store has it, is given to one of many who ask at once";
const LEASE_APART = "a lease and the value of the same id know nothing of each other, and a lease runs out";

function fleet(override: (correct: ReturnType<typeof fleetCache>) => Partial<ByteCacheAdapter>): CreateStore<CacheAdapter> {
  return storeOf(() => {
    const correct = fleetCache();
    return { ...correct, ...override(correct) };
  });
}

export const brokenCaches: readonly Broken<CacheAdapter>[] = [
  {
    how: "announces text, and not bytes",
    store: fleet(({ announce }) => ({ announce: (message) => announce(Buffer.from(Buffer.from(message).toString())) })),
    fails: [HEARD],
  },
  {
    how: "delivers an announcement late, and confirms at once",
    store: fleet(({ announce }) => ({ announce: (message) => void setTimeout(() => announce(message), 20) })),
    fails: [HEARD, CONFIRMED, STOPPED],
  },
  {
    how: "does not tell of the gap at the beginning",
    store: fleet(({ listen }) => ({ listen: ({ heard }) => listen({ heard, gap: () => {} }) })),
    fails: [CONFIRMED],
  },
  {
    how: "hears on after stop",
    store: fleet(({ listen }) => ({ listen: (listener) => ({ ...listen(listener), stop: () => {} }) })),
    fails: [STOPPED],
  },
  {
    how: "gives a lease to all who ask",
    store: fleet(() => ({ lease: () => () => {} })),
    fails: [ONE_LEASE, ONE_OF_MANY, LEASE_APART],
  },
  {
    how: "looks who has the lease, and takes it a round trip later",
    store: fleet(() => {
      const taken = new Set<string>();
      return {
        lease: async (id, ttlMs) => {
          const isFree = !taken.has(id);
          await new Promise((resolve) => setTimeout(resolve, 1));
          if (!isFree) return undefined;
          taken.add(id);
          setTimeout(() => taken.delete(id), Math.min(ttlMs, 1_000));
          return () => void taken.delete(id);
        },
      };
    }),
    fails: [ONE_LEASE, ONE_OF_MANY, LEASE_APART],
  },
  {
    how: "gives back whatever lease there is",
    store: fleet(({ lease }) => {
      const current = new Map<string, () => unknown>();
      return {
        lease: async (id, ttlMs) => {
          const release = await lease(id, ttlMs);
          if (release !== undefined) current.set(id, release);
          return release && (() => void current.get(id)?.());
        },
      };
    }),
    fails: [ONE_LEASE, LEASE_APART],
  },
  {
    how: "keeps a lease for ever",
    store: fleet(({ lease }) => ({ lease: (id) => lease(id, Number.MAX_SAFE_INTEGER) })),
    fails: [LEASE_APART],
  },
  {
    how: "keeps leases among the values",
    store: fleet(({ get, set, delete: forget }) => ({
      lease: async (id, ttlMs) => {
        if ((await get(id)) !== undefined) return undefined;
        await set(id, new Uint8Array(20), ttlMs);
        return () => forget(id);
      },
    })),
    fails: [ONE_LEASE, ONE_OF_MANY, LEASE_APART],
  },
  {
    how: "leaves out of getMany what is absent",
    store: comparing((correct) => ({ getMany: async (ids) => (await Promise.all(ids.map((id) => correct.get(id)))).filter((found) => found !== undefined) })),
    fails: [MANY],
  },
  {
    how: "answers getMany in an order of its own",
    store: comparing((correct) => ({ getMany: async (ids) => Promise.all(ids.toSorted().map((id) => correct.get(id))) })),
    fails: [MANY],
  },
  {
    how: "does not look at loadedAt",
    store: comparing((correct) => ({ setUnlessNewer: (id, stored, ttl) => correct.set(id, stored, ttl) })),
    fails: [UNLESS_NEWER, FRESHER],
  },
  {
    how: "does not look at freshUntil",
    store: comparing(({ setUnlessNewer }) => ({ setUnlessNewer: (id, stored, ttl, { loadedAt }) => setUnlessNewer?.(id, stored, ttl, { loadedAt }) })),
    fails: [FRESHER],
  },
  {
    how: "leaves what is fresher than the new value, and not than it asks",
    store: comparing(({ setUnlessNewer }) => ({
      setUnlessNewer: (id, stored, ttl, { loadedAt, freshUntil = 0 }) => setUnlessNewer?.(id, stored, ttl, { loadedAt, freshUntil, unlessFreshAfter: freshUntil }),
    })),
    fails: [FRESHER],
  },
  {
    how: "remembers the loadedAt of what was deleted",
    store: storeOf(() => {
      const cache = byteCache();
      return { ...cache, setUnlessNewer: rememberingForEver(cache) };
    }),
    fails: [FRESHER, SET_AFTER],
  },
  {
    how: "has an empty name",
    store: bytes(() => ({ name: "" })),
    fails: [NAME],
  },
  {
    how: "answers null for nothing",
    // What plain JavaScript can do and the type forbids.
    store: bytes((correct) => ({ get: async (id) => (await correct.get(id)) ?? (null as unknown as undefined) })),
    fails: [UNDEFINED, DELETE, DELETE_ABSENT, ABORTED],
  },
  {
    how: "keeps what was set first",
    store: bytes((correct) => ({
      set: async (id, stored, ttl) => ((await correct.get(id)) === undefined ? correct.set(id, stored, ttl) : undefined),
    })),
    fails: [LAST_SET, AS_GIVEN, ABORTED],
  },
  {
    how: "writes over the old value, which may have been longer",
    store: bytes((correct) => ({
      async set(id, stored, ttl) {
        const place = new Uint8Array(Math.max(stored.length, (await correct.get(id))?.length ?? 0));
        place.set(stored);
        await correct.set(id, place, ttl);
      },
    })),
    fails: [LAST_SET],
  },
  {
    how: "takes bytes for text",
    store: bytes((correct) => ({
      set: (id, stored, ttl) => correct.set(id, new TextEncoder().encode(new TextDecoder().decode(stored)), ttl),
    })),
    fails: [LAST_SET, AS_GIVEN, LARGE, VIEW, RETURNED, OWN, REALM, IDS, SET_AGAIN, SAME_ID, MANY_IDS, ABORTED, CLOSE_ONE],
  },
  {
    how: "returns a clone of the value",
    store: values((correct) => ({ get: async (id) => structuredClone(await correct.get(id)) })),
    fails: [AS_GIVEN],
  },
  {
    how: "takes a value that is not truthy for none",
    store: values((correct) => ({ get: async (id) => (await correct.get(id)) || undefined })),
    fails: [AS_GIVEN],
  },
  {
    how: "takes no bytes for nothing",
    store: bytes((correct) => ({
      async get(id) {
        const found = await correct.get(id);
        return found?.length ? found : undefined;
      },
    })),
    fails: [NO_BYTES],
  },
  {
    how: "does not keep what is larger than 100 KiB",
    store: bytes((correct) => ({
      set: (id, stored, ttl) => (stored.length > 100 * 1024 ? undefined : correct.set(id, stored, ttl)),
    })),
    fails: [LARGE],
  },
  {
    how: "stores the whole buffer of a view",
    store: bytes((correct) => ({ set: (id, stored, ttl) => correct.set(id, new Uint8Array(stored.buffer), ttl) })),
    fails: [VIEW],
  },
  {
    how: "scrambles the bytes it is given, in place",
    store: bytes((correct) => ({
      async set(id, stored, ttl) {
        await correct.set(id, stored, ttl);
        stored.reverse();
      },
    })),
    fails: [GIVEN],
  },
  {
    how: "returns its own buffer, and writes the next value into it",
    store: bytes(() => {
      const kept = new Map<string, Uint8Array>();
      return {
        get: (id) => kept.get(id),
        set(id, stored) {
          const place = kept.get(id);
          if (place?.length === stored.length) place.set(stored);
          else kept.set(id, new Uint8Array(stored));
        },
        delete: (id) => void kept.delete(id),
      };
    }),
    fails: [RETURNED, OWN],
  },
  {
    how: "gives one answer to all who get at the same time",
    store: bytes((correct) => {
      const getting = new Map<string, ReturnType<ByteCacheAdapter["get"]>>();
      return {
        get(id) {
          const answer = getting.get(id) ?? Promise.resolve(correct.get(id)).finally(() => getting.delete(id));
          getting.set(id, answer);
          return answer;
        },
      };
    }),
    fails: [OWN],
  },
  {
    how: "knows bytes by `instanceof`",
    store: bytes((correct) => ({
      set(id, stored, ttl) {
        if (!(stored instanceof Uint8Array)) throw new TypeError("bytes must be a Uint8Array");
        return correct.set(id, stored, ttl);
      },
    })),
    fails: [REALM],
  },
  {
    how: "cuts ids to 99 characters",
    store: bytes((correct) => ({
      get: (id) => correct.get(id.slice(0, 99)),
      set: (id, stored, ttl) => correct.set(id.slice(0, 99), stored, ttl),
    })),
    fails: [IDS],
  },
  {
    how: "does not tell upper case from lower",
    store: values((correct) => ({
      get: (id) => correct.get(id.toLowerCase()),
      set: (id, stored, ttl) => correct.set(id.toLowerCase(), stored, ttl),
    })),
    fails: [IDS],
  },
  {
    how: "keeps values in a plain object",
    store: values(() => {
      const kept: Record<string, unknown> = {};
      return {
        get: (id) => kept[id],
        set: (id, value) => void (kept[id] = value),
        delete: (id) => void delete kept[id],
      };
    }),
    fails: [IDS],
  },
  {
    how: "takes ids through UTF-8, where half a surrogate pair is any other",
    store: values((correct) => ({
      get: (id) => correct.get(Buffer.from(id).toString()),
      set: (id, stored, ttl) => correct.set(Buffer.from(id).toString(), stored, ttl),
    })),
    fails: [IDS],
  },
  {
    how: "refuses a ttl that is not whole",
    store: bytes((correct) => ({
      set(id, stored, ttl) {
        if (!Number.isInteger(ttl) && ttl !== Infinity) throw new RangeError("ttl");
        return correct.set(id, stored, ttl);
      },
    })),
    fails: [ANY_TTL],
  },
  {
    how: "refuses Infinity",
    store: bytes((correct) => ({
      set(id, stored, ttl) {
        if (ttl === Infinity) throw new RangeError("ttl");
        return correct.set(id, stored, ttl);
      },
    })),
    fails: [ANY_TTL, LONG_TTL],
  },
  {
    how: "takes more than 30 days for a date that is past, as Memcached does",
    store: bytes((correct) => ({
      set: (id, stored, ttl) => (ttl > 30 * 86_400_000 ? correct.delete(id) : correct.set(id, stored, ttl)),
    })),
    fails: [LONG_TTL],
  },
  {
    how: "sets a timer for each id, which fires at once after 24.8 days",
    store: bytes((correct) => ({
      async set(id, stored, ttl) {
        await correct.set(id, stored, ttl);
        if (ttl > 86_400_000) setTimeout(() => correct.delete(id), ttl > 2 ** 31 - 1 ? 1 : ttl).unref();
      },
    })),
    fails: [LONG_TTL],
  },
  {
    how: "deletes all ids that begin with the id",
    store: bytes(() => {
      const kept = new Map<string, Uint8Array>();
      return {
        get: (id) => kept.get(id)?.slice(),
        set: (id, stored) => void kept.set(id, new Uint8Array(stored)),
        delete(id) {
          for (const other of kept.keys()) if (other.startsWith(id)) kept.delete(other);
        },
      };
    }),
    fails: [DELETE],
  },
  {
    how: "deletes nothing",
    store: bytes(() => ({ delete: () => {} })),
    fails: [DELETE, DELETE_ABSENT, ABORTED],
  },
  {
    how: "throws if there is nothing to delete",
    store: bytes((correct) => ({
      async delete(id) {
        if ((await correct.get(id)) === undefined) throw new Error("not found");
        await correct.delete(id);
      },
    })),
    fails: [DELETE_ABSENT],
  },
  {
    how: "keeps nothing under an id that was deleted once",
    store: bytes((correct) => {
      const deleted = new Set<string>();
      return {
        set: (id, stored, ttl) => (deleted.has(id) ? undefined : correct.set(id, stored, ttl)),
        async delete(id) {
          deleted.add(id);
          await correct.delete(id);
        },
      };
    }),
    fails: [SET_AGAIN],
  },
  {
    how: "writes a value in two halves",
    store: bytes((correct) => ({
      async set(id, stored, ttl) {
        await correct.set(id, stored.subarray(0, stored.length / 2), ttl);
        await correct.set(id, stored, ttl);
      },
    })),
    fails: [SAME_ID],
  },
  {
    how: "makes room for a value, and fills it in afterwards",
    store: bytes((correct) => ({
      async set(id, stored, ttl) {
        const room = new Uint8Array(stored.length);
        room.set(stored.subarray(0, stored.length / 2));
        await correct.set(id, room, ttl);
        await correct.set(id, stored, ttl);
      },
    })),
    fails: [SAME_ID],
  },
  {
    how: "uses one buffer for the writes of all ids",
    store: bytes((correct) => {
      const shared = new Uint8Array(300 * 1024);
      return {
        async set(id, stored, ttl) {
          shared.set(stored);
          await Promise.resolve();
          await correct.set(id, shared.subarray(0, stored.length), ttl);
        },
      };
    }),
    fails: [MANY_IDS],
  },
  {
    how: "stores half a value when its signal is aborted",
    store: bytes((correct) => ({
      set: (id, stored, ttl, options) => correct.set(id, options?.signal?.aborted ? stored.subarray(9) : stored, ttl),
    })),
    fails: [ABORTED],
  },
  {
    how: "answers with nothing when its signal is aborted",
    store: bytes((correct) => ({ get: (id, options) => (options?.signal?.aborted ? undefined : correct.get(id)) })),
    fails: [ABORTED],
  },
  {
    how: "throws on a second close",
    store: bytes(() => {
      let closed = false;
      return {
        close() {
          if (closed) throw new Error("closed already");
          closed = true;
        },
      };
    }),
    fails: [CLOSE_TWICE],
  },
  {
    how: "closes a client that another adapter uses",
    store: () => {
      const correct = byteCache();
      let closed = false;
      const open = (): ByteCacheAdapter => ({
        ...correct,
        get(id) {
          if (closed) throw new Error("the client is closed");
          return correct.get(id);
        },
        close: () => void (closed = true),
      });
      return { open, destroy: () => {} };
    },
    fails: [CLOSE_ONE],
  },
];

function rememberingForEver(cache: ByteCacheAdapter): NonNullable<ByteCacheAdapter["setUnlessNewer"]> {
  const stamps = new Map<string, number>();
  return (id, stored, ttlMs, { loadedAt }) => {
    if ((stamps.get(id) ?? 0) > loadedAt) return;
    stamps.set(id, loadedAt);
    return cache.set(id, stored, ttlMs);
  };
}
