import { optionChecks } from "./base/option-checks.ts";
import type { GroupCounts, LoadFailureReason, Meter, MeterOptions, StoreFailures } from "./report/counts.ts";
import { isDatastoreError, isDeniedError, isGoneError, type Operation } from "./report/errors.ts";
import type { BackupCorruptReason, BackupSkippedReason, DatastoreEvents, EventName, Listener } from "./report/events.ts";
import { groupBy, OTHER } from "./report/key-groups.ts";

type Mutable<T> = { -readonly [Property in keyof T]: T[Property] };
type Tally = Mutable<Omit<GroupCounts, "loadFailures">> & { readonly loadFailures: Record<LoadFailureReason, number> };

const MOST_GROUPS = 100;

/**
 * Counts what a datastore does, for metrics and plots. It costs a hit the addition of one, and `keyGroup` if there is one. Throws
 * `TypeError` for a `keyGroup` that is no function.
 *
 * @example
 * const { groups } = meter(datastore, { keyGroup: (key) => key.split(":")[0] });
 * setInterval(() => console.log(groups.get("user")?.hits), 60_000).unref();
 */
export function meter(datastore: Observed, options: MeterOptions = {}): Meter {
  return new EventMeter(datastore, checkedKeyGroup(options));
}

/** What a meter needs of a datastore. */
interface Observed {
  on<E extends EventName>(event: E, listener: Listener<E>): () => void;
}

class EventMeter implements Meter {
  readonly groups: Map<string | undefined, Tally> = new Map();
  readonly unusableRecords: Map<BackupCorruptReason | BackupSkippedReason, number> = new Map();
  readonly backupWrites = { count: 0, bytes: 0 };
  readonly culls = { count: 0, postponed: 0, examined: 0, deleted: 0, failed: 0 };
  backgroundFailures = 0;
  readonly #storeFailures = new Map<string, Mutable<StoreFailures>>();
  readonly #keyGroup: MeterOptions["keyGroup"];
  readonly #all: Tally;
  #stops: (() => void)[];

  constructor(datastore: Observed, keyGroup: MeterOptions["keyGroup"]) {
    this.#keyGroup = keyGroup;
    this.#all = newTally();
    if (keyGroup === undefined) this.groups.set(undefined, this.#all);
    // Called directly: a closure over the datastore would keep it alive for as long as its meter.
    this.#stops = [
      datastore.on("hit", ({ key, stale }) => void (stale ? this.#of(key).staleHits++ : this.#of(key).hits++)),
      datastore.on("answered", (event) => this.#answered(event)),
      datastore.on("rejected", ({ key }) => void this.#of(key).rejected++),
      datastore.on("loadFailed", ({ key, error }) => void this.#of(key).loadFailures[reasonOf(error)]++),
      datastore.on("fallback", ({ key }) => void this.#of(key).fallbacks++),
      datastore.on("recovered", ({ key }) => void this.#of(key).recoveries++),
      datastore.on("cacheFailed", ({ operation }) => this.#failed("cache", operation)),
      datastore.on("backupFailed", ({ operation }) => this.#failed("backup", operation)),
      datastore.on("backupCorrupt", ({ reason }) => this.#unusable(reason)),
      datastore.on("backupSkipped", ({ reason }) => this.#unusable(reason)),
      datastore.on("backupWritten", ({ size }) => this.#written(size)),
      datastore.on("culled", (event) => this.#culled(event)),
      datastore.on("backgroundFailed", () => void this.backgroundFailures++),
    ];
  }

  get storeFailures(): Iterable<StoreFailures> {
    return this.#storeFailures.values();
  }

  groupOf(key: string): string | undefined {
    if (this.#keyGroup === undefined) return undefined;
    return this.#admitted(groupBy(this.#keyGroup, key));
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  #of(key: string): Tally {
    if (this.#keyGroup === undefined) return this.#all;
    const group = groupBy(this.#keyGroup, key);
    return this.groups.get(group) ?? this.#tallyOf(this.#admitted(group));
  }

  /** A group may have many keys, but there must be few groups, because each is a time series. */
  #admitted(group: string): string {
    return this.groups.has(group) || this.groups.size < MOST_GROUPS ? group : OTHER;
  }

  #tallyOf(group: string): Tally {
    const tally = this.groups.get(group) ?? newTally();
    this.groups.set(group, tally);
    return tally;
  }

  #answered({ key, source, stale }: DatastoreEvents["answered"]): void {
    const tally = this.#of(key);
    if (source === "loader") tally.loaded++;
    else if (stale) tally.stoodIn++;
    else tally.backupFirst++;
  }

  #failed(store: StoreFailures["store"], operation: Operation): void {
    const name = `${store} ${operation}`;
    const failures = this.#storeFailures.get(name) ?? { store, operation, count: 0 };
    failures.count++;
    this.#storeFailures.set(name, failures);
  }

  #unusable(reason: BackupCorruptReason | BackupSkippedReason): void {
    this.unusableRecords.set(reason, (this.unusableRecords.get(reason) ?? 0) + 1);
  }

  #written(size: number): void {
    this.backupWrites.count++;
    this.backupWrites.bytes += size;
  }

  #culled({ examined, deleted, failed, postponed }: DatastoreEvents["culled"]): void {
    const { culls } = this;
    culls.count++;
    if (postponed) culls.postponed++;
    culls.examined += examined;
    culls.deleted += deleted;
    culls.failed += failed;
  }
}

function newTally(): Tally {
  const loadFailures = { timeout: 0, invalid: 0, gone: 0, denied: 0, error: 0 };
  return { hits: 0, staleHits: 0, loaded: 0, stoodIn: 0, backupFirst: 0, rejected: 0, loadFailures, fallbacks: 0, recoveries: 0 };
}

function reasonOf(error: unknown): LoadFailureReason {
  const code = isDatastoreError(error) ? error.code : undefined;
  if (code === "LOAD_TIMEOUT") return "timeout";
  if (code === "INVALID_VALUE") return "invalid";
  if (isGoneError(error)) return "gone";
  return isDeniedError(error) ? "denied" : "error";
}

function checkedKeyGroup(options: MeterOptions): MeterOptions["keyGroup"] {
  const check = optionChecks("meter");
  const { keyGroup } = check.options(options, ["keyGroup"]);
  if (keyGroup !== undefined && typeof keyGroup !== "function") throw check.wrongType("keyGroup", "a function", keyGroup);
  return options.keyGroup; // checked right above
}
