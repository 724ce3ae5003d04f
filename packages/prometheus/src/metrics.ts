import type { Health, KeyInFallback, StoreHealth } from "@lastgood/core";
import type { Sample, Source } from "./source.ts";

/** What a metric is called, and where its samples come from when Prometheus asks. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  /** Besides `datastore`. */
  readonly labels: readonly string[];
  readonly samples: (source: Source) => readonly Sample[];
}

export interface GaugeMetric extends Metric {
  /** What the primary of a cluster makes of the values of its workers. */
  readonly aggregator: "sum" | "max";
}

const GROUPED = ["key_group"];
const STATES = ["ok", "failing", "paused"] as const;

export const COUNTERS: readonly Metric[] = [
  {
    name: "lastgood_gets_total",
    help: "Gets that were answered, by where the answer came from. Stale: a backup in place of a load that failed.",
    labels: ["source", "stale", ...GROUPED],
    samples: (source) =>
      source.byGroup(({ hits, staleHits, loaded, stoodIn, backupFirst }) => [
        [{ source: "cache", stale: "false" }, hits],
        [{ source: "cache", stale: "true" }, staleHits],
        [{ source: "loader", stale: "false" }, loaded],
        [{ source: "backup", stale: "true" }, stoodIn],
        [{ source: "backup", stale: "false" }, backupFirst],
      ]),
  },
  {
    name: "lastgood_get_failures_total",
    help: "Gets that were rejected: the load failed and no backup stood in, or the caller aborted.",
    labels: GROUPED,
    samples: (source) => source.byGroup(({ rejected }) => [[{}, rejected]]),
  },
  {
    name: "lastgood_load_failures_total",
    help: "Loads that failed, by reason.",
    labels: ["reason", ...GROUPED],
    samples: (source) => source.byGroup(({ loadFailures }) => Object.entries(loadFailures).map(([reason, count]) => [{ reason }, count])),
  },
  {
    name: "lastgood_fallbacks_total",
    help: "Failed or slow loads in whose place a backup stood in.",
    labels: GROUPED,
    samples: (source) => source.byGroup(({ fallbacks }) => [[{}, fallbacks]]),
  },
  {
    name: "lastgood_recoveries_total",
    help: "Keys that were loaded again after their backup had stood in.",
    labels: GROUPED,
    samples: (source) => source.byGroup(({ recoveries }) => [[{}, recoveries]]),
  },
  {
    name: "lastgood_store_failures_total",
    help: "What the stores failed at.",
    labels: ["store", "operation"],
    samples: ({ meter }) => Array.from(meter.storeFailures, ({ store, operation, count }) => [{ store, operation }, count]),
  },
  { name: "lastgood_backup_writes_total", help: "Values written to the backup, durably.", labels: [], samples: ({ meter }) => [[{}, meter.backupWrites.count]] },
  { name: "lastgood_backup_written_bytes_total", help: "Bytes of the records written to the backup.", labels: [], samples: ({ meter }) => [[{}, meter.backupWrites.bytes]] },
  {
    name: "lastgood_backup_unusable_records_total",
    help: "Reads of a backup record that is damaged or was refused, by reason.",
    labels: ["reason"],
    samples: ({ meter }) => Array.from(meter.unusableRecords, ([reason, count]) => [{ reason }, count]),
  },
  {
    name: "lastgood_culls_total",
    help: "Culls of unused backups. Postponed: it would have taken too much, and waits for another to agree.",
    labels: ["postponed"],
    samples: ({ meter: { culls } }) => [
      [{ postponed: "false" }, culls.count - culls.postponed],
      [{ postponed: "true" }, culls.postponed],
    ],
  },
  { name: "lastgood_cull_examined_records_total", help: "Records that culls looked at.", labels: [], samples: ({ meter }) => [[{}, meter.culls.examined]] },
  { name: "lastgood_culled_records_total", help: "Records that culls deleted.", labels: [], samples: ({ meter }) => [[{}, meter.culls.deleted]] },
  { name: "lastgood_cull_failures_total", help: "Records that culls could not delete.", labels: [], samples: ({ meter }) => [[{}, meter.culls.failed]] },
  { name: "lastgood_background_failures_total", help: "Work in the background that failed, such as the record of an outage.", labels: [], samples: ({ meter }) => [[{}, meter.backgroundFailures]] },
];

export const GAUGES: readonly GaugeMetric[] = [
  {
    name: "lastgood_fallback_keys",
    help: "Keys that are served from their backup, because their loads fail.",
    labels: GROUPED,
    aggregator: "sum",
    samples: (source) => inFallback(source, (keys) => keys.length),
  },
  {
    name: "lastgood_fallback_oldest_age_seconds",
    help: "Age of the oldest value among the keys that are served from their backup; 0 if there is none.",
    labels: GROUPED,
    aggregator: "max",
    samples: (source) => inFallback(source, (keys) => keys.reduce((most, { age }) => Math.max(most, age), 0) / 1_000),
  },
  {
    name: "lastgood_fallback_first_failure_timestamp_seconds",
    help: "When the first load failed of the keys that are served from their backup; 0 if there is none.",
    labels: GROUPED,
    aggregator: "max",
    samples: (source) => inFallback(source, (keys) => (keys.length === 0 ? 0 : keys.reduce((least, { since }) => Math.min(least, since), Infinity) / 1_000)),
  },
  {
    name: "lastgood_backup_pending_writes",
    help: "Values that are not durable: their backup writes failed, and are tried again.",
    labels: [],
    aggregator: "sum",
    samples: ({ health }) => (health === undefined ? [] : [[{}, health.backup.pendingWrites]]),
  },
  {
    name: "lastgood_unprotected_keys",
    help: "Keys whose value no backup can keep: nothing stands in for them.",
    labels: [],
    aggregator: "sum",
    samples: ({ health }) => (health === undefined ? [] : [[{}, health.unprotected.length]]),
  },
  {
    name: "lastgood_store_state",
    help: "1 for the state that a store is in, 0 for the others. Paused: it does not answer, and is asked only now and then.",
    labels: ["store", "adapter", "state"],
    aggregator: "max",
    samples: ({ health }) => (health === undefined ? [] : storesOf(health).flatMap(([store, { name, state }]) => STATES.map((one): Sample => [{ store, adapter: name, state: one }, Number(one === state)]))),
  },
];

export interface HistogramMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  /** Seconds. */
  readonly buckets: number[];
}

/** Of a load, from the call of its loader to its value or failure. */
export const LOAD_DURATION: HistogramMetric = {
  name: "lastgood_load_duration_seconds",
  help: "How long loads took.",
  labelNames: ["datastore", "outcome", ...GROUPED],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
};

/** Of one call of a store. A cache in this process answers without a promise, and is not measured. */
export const STORE_CALL_DURATION: HistogramMetric = {
  name: "lastgood_store_call_duration_seconds",
  help: "How long calls of the stores took.",
  labelNames: ["datastore", "adapter", "operation", "outcome"],
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
};

function storesOf({ cache, backup }: Health): readonly (readonly ["cache" | "backup", StoreHealth])[] {
  return [
    ["cache", cache],
    ["backup", backup],
  ];
}

/** Each group that there has been has a sample, so that what is over is seen to be over. */
function inFallback(source: Source, value: (keys: readonly KeyInFallback[]) => number): readonly Sample[] {
  const { health, meter } = source;
  const keys = new Map<string | undefined, KeyInFallback[]>(Array.from(meter.groups.keys(), (group) => [group, []]));
  for (const one of health?.fallback ?? []) {
    const group = meter.groupOf(one.key);
    const others = keys.get(group);
    if (others === undefined) keys.set(group, [one]);
    else others.push(one);
  }
  return Array.from(keys, ([group, some]) => [source.groupLabel(group), value(some)]);
}
