import type { DatastoreParts } from "./assemble.ts";
import { Entry } from "./entry/entry.ts";
import type { Result } from "./entry/result.ts";
import { Batch } from "./load/batch.ts";
import type { LoadMany } from "./load/load-many.ts";
import type { GetPolicy } from "./options/policies.ts";

/** The outcome of one key of `getManyResults`. */
export type ManyResult<T> =
  | { readonly key: string; readonly ok: true; readonly result: Result<T> }
  | { readonly key: string; readonly ok: false; readonly error: unknown };

/** A key of many: as it is stored, and as the program calls it. */
export interface NamedKey {
  readonly key: string;
  readonly name: string;
}

type Answer = Entry | Result<unknown>;

/** The answer to each key, or its error. */
export type Answers = ReadonlyMap<string, PromiseSettledResult<Answer>>;

/**
 * Combines many gets: one read of the cache, and one call of `loadMany` for all keys that are not cached and not being loaded. In all else
 * each is a separate get. `report` is called with each answer that needs more than the cache.
 */
export async function getMany(
  { readPath, cache }: DatastoreParts,
  keys: readonly NamedKey[],
  loadMany: LoadMany<unknown>,
  policy: GetPolicy,
  report: (answer: Promise<Answer>, key: string) => Promise<Answer>,
): Promise<Answers> {
  const asker = readPath.nesting.enclosing; // before the first await
  const batch = new Batch(loadMany, readPath.nesting);
  const loaders = keys.map(({ name }) => batch.loaderOf(name));
  const first = cache.together(() => keys.map(({ key }, index) => readPath.withoutLoad(key, loaders[index] ?? batch.loaderOf(key), policy)));
  const found = await Promise.all(first);
  // All loads begin in this turn, and their loaders wait for the one call.
  const answers = keys.map(({ key }, index) => {
    const answer = found[index];
    if (answer instanceof Entry) return Promise.resolve(answer);
    const load = async (): Promise<Answer> => answer ?? readPath.loaded(key, loaders[index] ?? batch.loaderOf(key), policy, asker);
    return report(load(), key);
  });
  batch.begin();
  const settled = await Promise.allSettled(answers);
  return new Map(keys.map(({ key }, index) => [key, settled[index] ?? { status: "rejected", reason: undefined }]));
}
