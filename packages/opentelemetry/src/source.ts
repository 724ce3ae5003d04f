import { type Datastore, isDatastoreError, type Meter } from "@lastgood/core";
import type { Attributes } from "@opentelemetry/api";

/** A datastore that is instrumented. It is not kept alive. */
export interface Source {
  readonly name: string;
  readonly counts: Meter;
  readonly datastore: WeakRef<Datastore>;
}

/** What metrics and spans say of the datastore and, where there are groups, of the group of the key. */
export function attributesOf({ name, counts }: Source, key: string): Attributes {
  return { "lastgood.datastore.name": name, ...groupAttribute(counts.groupOf(key)) };
}

export function groupAttribute(group: string | undefined): Attributes {
  return group === undefined ? {} : { "lastgood.key_group": group };
}

const OTHER = "_OTHER"; // as the semantic conventions call it
const MOST_TYPES = 50;
const types = new Set<string>();

/** The attribute `error.type`: a code of lastgood, or the name of the error. There are never many: each is a time series. */
export function errorType(error: unknown): string {
  const type = isDatastoreError(error) ? error.code : nameOf(error);
  if (type === undefined || !/^[A-Z_]\w{0,63}$/i.test(type)) return OTHER;
  if (!types.has(type) && types.size >= MOST_TYPES) return OTHER;
  types.add(type);
  return type;
}

/** Whatever was thrown: a getter may throw as well. */
function nameOf(error: unknown): string | undefined {
  try {
    const name: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "name") : undefined;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
