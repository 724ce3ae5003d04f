import { type Datastore, meter as countsOf } from "@lastgood/core";
import { type Meter, metrics, trace, type Tracer } from "@opentelemetry/api";
import { exportMetrics } from "./metrics.ts";
import { openSpans } from "./spans.ts";

/** Options of `instrument`. */
export interface InstrumentOptions {
  /**
   * Makes the instruments.
   * @default that of the global provider, named "@lastgood/opentelemetry"
   */
  readonly meter?: Meter | undefined;
  /**
   * Makes the spans.
   * @default that of the global provider, named "@lastgood/opentelemetry"
   */
  readonly tracer?: Tracer | undefined;
  /**
   * The attribute `lastgood.datastore.name` of metrics and spans.
   * @default the name of the datastore, or "default" if it has none
   */
  readonly name?: string | undefined;
  /**
   * The group of a key, such as `(key) => key.split(":")[0]`, for the attribute `lastgood.key_group`. There may be a hundred groups, of a
   * hundred characters each; other keys, and those for which the function throws or returns no text, are in the group `"other"`.
   * @default none: nothing is said of keys
   */
  readonly keyGroup?: ((key: string) => string | undefined) | undefined;
}

/** What `instrument` returns. */
export interface Instrumentation {
  /** Ends metrics and spans of the datastore. A second call does nothing. */
  close(): void;
}

const LIBRARY = "@lastgood/opentelemetry";
const OPTIONS = ["meter", "tracer", "name", "keyGroup"];

/** The datastores of each meter, by name: two of one name would overwrite each other's values. */
const names = new WeakMap<Meter, Map<string, WeakRef<Datastore>>>();

/**
 * Exports metrics of a datastore, and spans of its loads and of the calls of its stores, with OpenTelemetry. The loader runs within the
 * span of its load, so the spans of its own requests are inside it. There is no timer, and the datastore is not kept alive.
 *
 * Throws `TypeError` for an argument that is wrong, and `Error` if the meter has a datastore of this name already.
 *
 * @example
 * ```ts
 * import { instrument } from "@lastgood/opentelemetry";
 *
 * const instrumentation = instrument(datastore, { keyGroup: (key) => key.split(":")[0] });
 * instrumentation.close();
 * ```
 */
export function instrument(datastore: Datastore, options: InstrumentOptions = {}): Instrumentation {
  const { meter, tracer, name: ownName, keyGroup } = checked(datastore, options);
  const name = ownName ?? datastore.name ?? "default";
  const release = reserve(meter, name, datastore);
  const source = { name, counts: countsOf(datastore, { keyGroup }), datastore: new WeakRef(datastore) };
  const stops = [exportMetrics(datastore, source, meter), openSpans(datastore, source, tracer), () => source.counts.close(), release];
  return {
    close() {
      for (const stop of stops.splice(0)) stop();
    },
  };
}

function reserve(meter: Meter, name: string, datastore: Datastore): () => void {
  const taken = names.get(meter) ?? new Map<string, WeakRef<Datastore>>();
  names.set(meter, taken);
  if (taken.get(name)?.deref() !== undefined) {
    throw new Error(`instrument: the meter has a datastore named ${JSON.stringify(name)} already. Close that first, or give each a name: new Datastore({ name }), or instrument(…, { name })`);
  }
  taken.set(name, new WeakRef(datastore));
  return () => void taken.delete(name);
}

function checked(datastore: unknown, options: unknown): InstrumentOptions & { readonly meter: Meter; readonly tracer: Tracer } {
  if (!has(datastore, "health") || !has(datastore, "on")) throw wrong("datastore", "a Datastore of @lastgood/core", datastore);
  if (typeof options !== "object" || options === null) throw wrong("options", "an object", options);
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option));
  if (unknown !== undefined) throw new TypeError(`instrument: options must be among ${OPTIONS.join(", ")}; got ${JSON.stringify(unknown)}`);
  const { meter = metrics.getMeter(LIBRARY), tracer = trace.getTracer(LIBRARY), name, keyGroup }: Record<string, unknown> = { ...options };
  if (!has(meter, "createHistogram")) throw wrong("meter", "a Meter of @opentelemetry/api", meter);
  if (!has(tracer, "startSpan")) throw wrong("tracer", "a Tracer of @opentelemetry/api", tracer);
  if (name !== undefined && (typeof name !== "string" || name === "")) throw wrong("name", 'a text such as "feeds"', name);
  if (keyGroup !== undefined && typeof keyGroup !== "function") throw wrong("keyGroup", "a function", keyGroup);
  // Each has been looked at, as far as that can be done without calling it.
  return { meter, tracer, name, keyGroup } as InstrumentOptions & { readonly meter: Meter; readonly tracer: Tracer };
}

function has(value: unknown, method: string): boolean {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, method) === "function";
}

function wrong(option: string, expected: string, got: unknown): TypeError {
  const shown = got === "" ? '""' : typeof got === "object" && got !== null ? "another object" : String(got);
  return new TypeError(`instrument: ${option} must be ${expected}; got ${shown}`);
}
