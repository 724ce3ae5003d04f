import type { CacheAdapter } from "../adapter/contract.ts";
import { mustBe } from "../base/shown.ts";
import { cacheAdapter } from "./checks.ts";

/** Checks and returns the levels of a cache, nearest first. */
export function cachesOf(value: unknown, name: string): readonly [CacheAdapter, ...CacheAdapter[]] {
  if (!Array.isArray(value)) return [checked(value, name)];
  const caches = Array.from(value, (one: unknown, index) => checked(one, `${name}[${index}]`));
  const [nearest, ...farther] = caches;
  if (nearest === undefined) throw new RangeError(mustBe(name, "a cache adapter, or a list of at least one, such as [memoryCache(), redisCache(url)]", value));
  refuseRepetition(caches, name);
  refuseDisorder(caches, name);
  return [nearest, ...farther];
}

function checked(value: unknown, name: string): CacheAdapter {
  return cacheAdapter(value, name) as CacheAdapter; // it has passed the check
}

function refuseRepetition(caches: readonly CacheAdapter[], name: string): void {
  const index = caches.findIndex((cache, at) => caches.indexOf(cache) < at);
  const cache = caches[index];
  if (cache === undefined) return;
  throw new RangeError(`${name}[${index}] must be an adapter of its own; got that of cache[${caches.indexOf(cache)}] again, ${JSON.stringify(cache.name)}. Leave one of them out`);
}

/** A cache of this process copies a shared cache. Placed after the shared cache, it would never be asked. */
function refuseDisorder(caches: readonly CacheAdapter[], name: string): void {
  const index = caches.findIndex(({ stores }, at) => stores === "values" && caches[at - 1]?.stores === "bytes");
  if (index === -1) return;
  const [before, behind] = [caches[index - 1], caches[index]];
  throw new RangeError(
    `${name}[${index}] must be a shared cache, since cache[${index - 1}] is one; got ${JSON.stringify(behind?.name)}, a cache of this process. Put it before ${JSON.stringify(before?.name)}: nearest first`,
  );
}
