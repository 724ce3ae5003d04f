import { Counter, Gauge, Histogram, type Registry, type PrometheusContentType, type OpenMetricsContentType } from "prom-client";
import type { Datastore } from "@lastgood/core";
import { COUNTERS, type GaugeMetric, GAUGES, LOAD_DURATION, type Metric, STORE_CALL_DURATION } from "./metrics.ts";
import type { Source } from "./source.ts";

type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/** The metrics of one registry, and the datastores that they are read from. */
export class MetricSet {
  readonly #registry: AnyRegistry;
  readonly #sources = new Map<string, Source>();
  readonly #loads: Histogram;
  readonly #calls: Histogram;

  constructor(registry: AnyRegistry) {
    for (const { name } of [...COUNTERS, ...GAUGES, LOAD_DURATION, STORE_CALL_DURATION]) refuseTaken(registry, name);
    this.#registry = registry;
    for (const metric of COUNTERS) registry.registerMetric(counterOf(metric, () => this.#collect(metric)));
    for (const metric of GAUGES) registry.registerMetric(gaugeOf(metric, () => this.#collect(metric)));
    const registers = [registry];
    this.#loads = new Histogram({ ...LOAD_DURATION, registers });
    this.#calls = new Histogram({ ...STORE_CALL_DURATION, registers });
  }

  /** Whether the registry still has these metrics. */
  isIn(registry: AnyRegistry): boolean {
    return registry.getSingleMetric(LOAD_DURATION.name) === this.#loads;
  }

  find(datastore: Datastore): Source | undefined {
    return Array.from(this.#sources.values()).find((source) => source.datastore === datastore);
  }

  add(source: Source): Source {
    const other = this.#sources.get(source.name);
    if (other?.datastore !== undefined) {
      source.close();
      throw new Error(`register: the registry has a datastore named ${JSON.stringify(source.name)} already. Give each a name: new Datastore({ name }), or register(…, { name })`);
    }
    other?.close();
    this.#sources.set(source.name, source);
    source.observe(this.#loads, this.#calls);
    return source;
  }

  /** Without the last of its datastores, nothing of this package is left in the registry. */
  remove(source: Source): void {
    source.close();
    this.#sources.delete(source.name);
    if (this.#sources.size > 0 || !this.isIn(this.#registry)) return;
    for (const { name } of [...COUNTERS, ...GAUGES, LOAD_DURATION, STORE_CALL_DURATION]) this.#registry.removeSingleMetric(name);
  }

  *#collect({ samples }: Metric): Generator<[Record<string, string>, number]> {
    for (const source of this.#sources.values()) {
      if (source.datastore === undefined) this.remove(source); // the datastore is garbage
      else for (const [labels, value] of samples(source)) yield [{ datastore: source.name, ...labels }, value];
    }
  }
}

type Collect = () => Iterable<[Record<string, string>, number]>;

function counterOf({ name, help, labels }: Metric, collected: Collect): Counter {
  const collect = function (this: Counter): void {
    this.reset();
    for (const [own, value] of collected()) this.inc(own, value);
  };
  return new Counter({ name, help, labelNames: ["datastore", ...labels], registers: [], collect });
}

function gaugeOf({ name, help, labels, aggregator }: GaugeMetric, collected: Collect): Gauge {
  const collect = function (this: Gauge): void {
    this.reset();
    for (const [own, value] of collected()) this.set(own, value);
  };
  return new Gauge({ name, help, labelNames: ["datastore", ...labels], registers: [], aggregator, collect });
}

function refuseTaken(registry: AnyRegistry, name: string): void {
  if (registry.getSingleMetric(name) === undefined) return;
  throw new Error(`register: the registry has a metric ${name} that was not made here. Use another Registry, and Registry.merge for a page of both`);
}
