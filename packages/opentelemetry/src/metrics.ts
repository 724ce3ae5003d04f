import type { Datastore, GroupCounts, Health, KeyInFallback } from "@lastgood/core";
import type { Attributes, BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import { attributesOf, errorType, groupAttribute, type Source } from "./source.ts";

type Observe = (value: number, attributes?: Attributes) => void;

/** An instrument that is read when a reader collects. */
interface Observed {
  readonly kind: "ObservableCounter" | "ObservableUpDownCounter" | "ObservableGauge";
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly read: (source: Source, health: Health, observe: Observe) => void;
}

const STATES = ["ok", "failing", "paused"] as const;

function counter(name: string, unit: string, description: string, read: Observed["read"]): Observed {
  return { kind: "ObservableCounter", name: `lastgood.${name}`, unit, description, read };
}

function upDownCounter(name: string, unit: string, description: string, read: Observed["read"]): Observed {
  return { kind: "ObservableUpDownCounter", name: `lastgood.${name}`, unit, description, read };
}

function gauge(name: string, unit: string, description: string, read: Observed["read"]): Observed {
  return { kind: "ObservableGauge", name: `lastgood.${name}`, unit, description, read };
}

/** Of each group of keys. */
function byGroup(read: (counts: GroupCounts, observe: Observe) => void): Observed["read"] {
  return ({ counts }, _health, observe) => {
    for (const [group, own] of counts.groups) read(own, (value, attributes) => observe(value, { ...attributes, ...groupAttribute(group) }));
  };
}

/** Each group that there has been is told of, so that what is over is seen to be over. */
function byFallbacks(value: (keys: readonly KeyInFallback[]) => number): Observed["read"] {
  return ({ counts }, health, observe) => {
    const keys = new Map<string | undefined, KeyInFallback[]>(Array.from(counts.groups.keys(), (group) => [group, []]));
    for (const one of health.fallback) {
      const group = counts.groupOf(one.key);
      const others = keys.get(group);
      if (others === undefined) keys.set(group, [one]);
      else others.push(one);
    }
    for (const [group, some] of keys) observe(value(some), groupAttribute(group));
  };
}

const OBSERVED: readonly Observed[] = [
  counter(
    "gets",
    "{get}",
    "Gets that were answered, by where the answer came from. Stale: a backup in place of a load that failed.",
    byGroup(({ hits, staleHits, loaded, stoodIn, backupFirst }, observe) => {
      observe(hits, { "lastgood.source": "cache", "lastgood.stale": false });
      observe(staleHits, { "lastgood.source": "cache", "lastgood.stale": true });
      observe(loaded, { "lastgood.source": "loader", "lastgood.stale": false });
      observe(stoodIn, { "lastgood.source": "backup", "lastgood.stale": true });
      observe(backupFirst, { "lastgood.source": "backup", "lastgood.stale": false });
    }),
  ),
  counter("get.failures", "{get}", "Gets that were rejected.", byGroup(({ rejected }, observe) => observe(rejected))),
  counter(
    "load.failures",
    "{load}",
    "Loads that failed, by reason.",
    byGroup(({ loadFailures }, observe) => {
      for (const [reason, count] of Object.entries(loadFailures)) observe(count, { "lastgood.reason": reason });
    }),
  ),
  counter("fallbacks", "{fallback}", "Failed or slow loads in whose place a backup stood in.", byGroup(({ fallbacks }, observe) => observe(fallbacks))),
  counter("recoveries", "{recovery}", "Keys that were loaded again after their backup had stood in.", byGroup(({ recoveries }, observe) => observe(recoveries))),
  upDownCounter("fallback.keys", "{key}", "Keys that are served from their backup, because their loads fail.", byFallbacks((keys) => keys.length)),
  gauge(
    "fallback.oldest_age",
    "s",
    "Age of the oldest value among the keys that are served from their backup; 0 if there is none.",
    byFallbacks((keys) => keys.reduce((most, { age }) => Math.max(most, age), 0) / 1_000),
  ),
  upDownCounter("backup.pending_writes", "{write}", "Values that are not durable: their backup writes failed, and are tried again.", (_source, health, observe) => observe(health.backup.pendingWrites)),
  upDownCounter("unprotected.keys", "{key}", "Keys whose value no backup can keep.", (_source, health, observe) => observe(health.unprotected.length)),
  upDownCounter("store.state", "1", "1 for the state that a store is in, 0 for the others.", (_source, { cache, backup }, observe) => {
    for (const [store, { name, state }] of [["cache", cache], ["backup", backup]] as const) {
      for (const one of STATES) observe(Number(one === state), { "lastgood.store": store, "lastgood.adapter": name, "lastgood.state": one });
    }
  }),
  counter("store.failures", "{failure}", "What the stores failed at.", ({ counts }, _health, observe) => {
    for (const { store, operation, count } of counts.storeFailures) observe(count, { "lastgood.store": store, "lastgood.operation": operation });
  }),
  counter("backup.writes", "{write}", "Values written to the backup, durably.", ({ counts }, _health, observe) => observe(counts.backupWrites.count)),
  counter("backup.written", "By", "Bytes of the records written to the backup.", ({ counts }, _health, observe) => observe(counts.backupWrites.bytes)),
  counter("backup.unusable_records", "{record}", "Reads of a backup record that is damaged or was refused, by reason.", ({ counts }, _health, observe) => {
    for (const [reason, count] of counts.unusableRecords) observe(count, { "lastgood.reason": reason });
  }),
  counter("culls", "{cull}", "Culls of unused backups.", ({ counts: { culls } }, _health, observe) => {
    observe(culls.count - culls.postponed, { "lastgood.postponed": false });
    observe(culls.postponed, { "lastgood.postponed": true });
  }),
  counter("cull.examined", "{record}", "Records that culls looked at.", ({ counts }, _health, observe) => observe(counts.culls.examined)),
  counter("cull.deleted", "{record}", "Records that culls deleted.", ({ counts }, _health, observe) => observe(counts.culls.deleted)),
  counter("cull.failures", "{record}", "Records that culls could not delete.", ({ counts }, _health, observe) => observe(counts.culls.failed)),
  counter("background.failures", "{failure}", "Work in the background that failed.", ({ counts }, _health, observe) => observe(counts.backgroundFailures)),
];

const LOAD_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const CALL_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Returns a function that stops it. */
export function exportMetrics(datastore: Datastore, source: Source, meter: Meter): () => void {
  const stops = [observeAll(source, meter), ...measure(datastore, source, meter)];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Everything is read at once, so that `health()` is asked once for all instruments. */
function observeAll(source: Source, meter: Meter): () => void {
  const own = { "lastgood.datastore.name": source.name };
  const instruments = OBSERVED.map(({ kind, name, ...options }): [Observable, Observed["read"]] => [meter[`create${kind}`](name, { unit: options.unit, description: options.description }), options.read]);
  const observables = instruments.map(([observable]) => observable);
  const callback = (result: BatchObservableResult): void => {
    const health = source.datastore.deref()?.health();
    if (health === undefined) return meter.removeBatchObservableCallback(callback, observables); // the datastore is garbage
    for (const [observable, read] of instruments) read(source, health, (value, attributes) => result.observe(observable, value, { ...own, ...attributes }));
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}

/** A histogram takes each value as it comes. */
function measure(datastore: Datastore, source: Source, meter: Meter): (() => void)[] {
  const loads = meter.createHistogram("lastgood.load.duration", { unit: "s", description: "How long loads took.", advice: { explicitBucketBoundaries: LOAD_BUCKETS } });
  const calls = meter.createHistogram("lastgood.store.call.duration", { unit: "s", description: "How long calls of the stores took.", advice: { explicitBucketBoundaries: CALL_BUCKETS } });
  return [
    datastore.on("loaded", ({ key, duration }) => loads.record(duration / 1_000, attributesOf(source, key))),
    datastore.on("loadFailed", ({ key, duration, error }) => loads.record(duration / 1_000, { ...attributesOf(source, key), "error.type": errorType(error) })),
    datastore.on("storeCalled", ({ adapter, operation, duration, error }) => {
      const call = { "lastgood.datastore.name": source.name, "lastgood.adapter": adapter, "lastgood.operation": operation };
      calls.record(duration / 1_000, error === undefined ? call : { ...call, "error.type": errorType(error) });
    }),
  ];
}
