import type { Datastore } from "@lastgood/core";
import type { OpenMetricsContentType, PrometheusContentType, Registry } from "prom-client";
import { MetricSet } from "./metric-set.ts";
import { Source } from "./source.ts";

/** A registry of prom-client, of either format. */
type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** Options of `register`. */
export interface RegisterOptions {
  /**
   * The label `datastore` of every metric.
   * @default the name of the datastore, or "default" if it has none
   */
  readonly name?: string | undefined;
  /**
   * The group of a key, such as `(key) => key.split(":")[0]`, for the label `key_group`. There may be a hundred groups, of a hundred
   * characters each; other keys, and those for which the function throws or returns no text, are in the group `"other"`.
   * @default none: no metric says anything of keys
   */
  readonly keyGroup?: ((key: string) => string | undefined) | undefined;
}

/** What `register` returns. */
export interface Registration {
  /** Removes the metrics of the datastore from the registry. A second call does nothing. */
  close(): void;
}

const sets = new WeakMap<AnyRegistry, MetricSet>();

/**
 * Puts the metrics of a datastore into a registry of prom-client. They are read when Prometheus asks: there is no timer, and the registry
 * does not keep the datastore alive. Several datastores may share a registry. A datastore that the registry has already is left as it is,
 * until each registration has been closed.
 *
 * Throws `TypeError` for an argument that is wrong, and `Error` if the registry has another datastore of this name, or a metric of one of
 * these names that was not made here.
 *
 * @example
 * ```ts
 * import { register } from "@lastgood/prometheus";
 * import { Registry } from "prom-client";
 *
 * const registry = new Registry();
 * register(datastore, registry, { keyGroup: (key) => key.split(":")[0] });
 * console.log(await registry.metrics());
 * ```
 */
export function register(datastore: Datastore, registry: AnyRegistry, options: RegisterOptions = {}): Registration {
  const { name, keyGroup } = checked(datastore, registry, options);
  const set = setOf(registry);
  const source = set.find(datastore) ?? set.add(new Source(datastore, name ?? datastore.name ?? "default", keyGroup));
  source.users++;
  let isOpen = true;
  return {
    close() {
      if (isOpen && --source.users === 0) set.remove(source);
      isOpen = false;
    },
  };
}

/** A registry that has been cleared has lost the metrics that were made for it. */
function setOf(registry: AnyRegistry): MetricSet {
  const known = sets.get(registry);
  if (known?.isIn(registry) === true) return known;
  const made = new MetricSet(registry);
  sets.set(registry, made);
  return made;
}

function checked(datastore: unknown, registry: unknown, options: unknown): RegisterOptions {
  if (!has(datastore, "health") || !has(datastore, "on")) throw wrong("datastore", "a Datastore of @lastgood/core", datastore);
  if (!has(registry, "registerMetric")) throw wrong("registry", "a Registry of prom-client", registry);
  if (typeof options !== "object" || options === null) throw wrong("options", "an object", options);
  const unknown = Object.keys(options).find((option) => option !== "name" && option !== "keyGroup");
  if (unknown !== undefined) throw new TypeError(`register: options must be among name, keyGroup; got ${JSON.stringify(unknown)}`);
  const { name, keyGroup }: { name?: unknown; keyGroup?: unknown } = options;
  if (name !== undefined && (typeof name !== "string" || name === "")) throw wrong("name", 'a text such as "feeds"', name);
  if (keyGroup !== undefined && typeof keyGroup !== "function") throw wrong("keyGroup", "a function", keyGroup);
  return { name, keyGroup: keyGroup as RegisterOptions["keyGroup"] }; // what it returns is looked at each time
}

function has(value: unknown, method: string): boolean {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, method) === "function";
}

function wrong(option: string, expected: string, got: unknown): TypeError {
  return new TypeError(`register: ${option} must be ${expected}; got ${got === "" ? '""' : typeof got === "object" && got !== null ? "another object" : String(got)}`);
}
