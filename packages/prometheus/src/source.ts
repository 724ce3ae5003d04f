import { type Datastore, type Health, meter, type Meter } from "@lastgood/core";

/** Labels of a sample, and its value. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** A histogram, as far as it is written to. */
interface Observer {
  observe(labels: Record<string, string>, seconds: number): void;
  remove(labels: Record<string, string>): void;
}

/** A datastore whose metrics are in a registry. It is not kept alive: a datastore that is garbage has no metrics any more. */
export class Source {
  readonly name: string;
  readonly meter: Meter;
  /** How many registrations have not been closed. */
  users = 0;
  readonly #datastore: WeakRef<Datastore>;
  readonly #observed = new Map<string, { readonly histogram: Observer; readonly labels: Record<string, string> }>();
  #stops: (() => void)[] = [];
  #health: Health | undefined;

  constructor(datastore: Datastore, name: string, keyGroup: ((key: string) => string | undefined) | undefined) {
    this.name = name;
    this.#datastore = new WeakRef(datastore);
    this.meter = meter(datastore, { keyGroup });
  }

  get datastore(): Datastore | undefined {
    return this.#datastore.deref();
  }

  /** What is known at this moment, looked up once for all metrics of a scrape; `undefined` if the datastore is garbage. */
  get health(): Health | undefined {
    if (this.#health === undefined) {
      this.#health = this.datastore?.health();
      queueMicrotask(() => (this.#health = undefined));
    }
    return this.#health;
  }

  /** Writes durations into the histograms as they happen: a histogram cannot be made up for later. */
  observe(loads: Observer, calls: Observer): void {
    const { datastore } = this;
    if (datastore === undefined) return;
    const load = (key: string, outcome: string, duration: number): void => this.#observe(loads, { outcome, ...this.groupLabel(this.meter.groupOf(key)) }, duration);
    this.#stops = [
      datastore.on("loaded", ({ key, duration }) => load(key, "loaded", duration)),
      datastore.on("loadFailed", ({ key, duration }) => load(key, "failed", duration)),
      datastore.on("storeCalled", ({ adapter, operation, duration, error }) => {
        this.#observe(calls, { adapter, operation, outcome: error === undefined ? "answered" : "failed" }, duration);
      }),
    ];
  }

  /** The samples of one metric, from the counts of each group. */
  byGroup(read: (counts: Meter["groups"] extends ReadonlyMap<unknown, infer Counts> ? Counts : never) => readonly Sample[]): Sample[] {
    return Array.from(this.meter.groups).flatMap(([group, counts]) => read(counts).map(([labels, value]): Sample => [{ ...labels, ...this.groupLabel(group) }, value]));
  }

  groupLabel(group: string | undefined): Record<string, string> {
    return group === undefined ? {} : { key_group: group };
  }

  /** Stops listening, and takes back what has been written. */
  close(): void {
    this.meter.close();
    for (const stop of this.#stops) stop();
    for (const { histogram, labels } of this.#observed.values()) histogram.remove(labels);
    this.#observed.clear();
  }

  #observe(histogram: Observer, own: Record<string, string>, milliseconds: number): void {
    const labels = { datastore: this.name, ...own };
    this.#observed.set(Object.values(labels).join("\n"), { histogram, labels });
    histogram.observe(labels, milliseconds / 1_000);
  }
}
