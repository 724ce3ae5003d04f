import type { BackupAdapter } from "./adapter/contract.ts";
import { Guard } from "./adapter/guard.ts";
import { Backup } from "./backup/backup.ts";
import { Culler } from "./backup/culler.ts";
import { GuardedBackup } from "./backup/guarded-backup.ts";
import { Stamps } from "./backup/stamps.ts";
import { Background } from "./base/background.ts";
import { watch } from "./time/watched-clock.ts";
import type { Cache } from "./cache/cache.ts";
import { cacheOf } from "./levels/levels.ts";
import { Changes } from "./changes.ts";
import { isWhole } from "./entry/envelope.ts";
import { RecordFormat } from "./entry/record-format.ts";
import { MARK_PREFIX, OUTAGE_PREFIX } from "./entry/record-id.ts";
import { Fallback } from "./get/fallback.ts";
import { Keeper } from "./get/keeper.ts";
import { Leasing } from "./load/leasing.ts";
import { LoadWraps } from "./load/load-wraps.ts";
import { ReadPath } from "./get/read-path.ts";
import { Results } from "./load/results.ts";
import { Copies } from "./marks/copies.ts";
import { MarkLog } from "./marks/mark-log.ts";
import { Marking } from "./marks/marking.ts";
import { Marks } from "./marks/marks.ts";
import { MirroredBackup } from "./mirror/mirrored-backup.ts";
import type { DatastoreOptions } from "./options/options.ts";
import { GetPolicies } from "./options/get-policies.ts";
import { datastorePolicies, type StorePolicy } from "./options/policies.ts";
import { OutageLog } from "./outage/outage-log.ts";
import { Outages } from "./outage/outages.ts";
import type { Operation } from "./report/errors.ts";
import { Events } from "./report/events.ts";

/** What a datastore hands its calls on to. */
export interface DatastoreParts {
  readonly storePolicy: StorePolicy;
  readonly getPolicies: GetPolicies;
  readonly now: () => number;
  readonly events: Events;
  readonly background: Background;
  readonly cache: Cache;
  readonly copies: Copies;
  readonly marks: Marks;
  readonly marking: Marking;
  readonly backup: Backup;
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  readonly stamps: Stamps;
  readonly culler: Culler;
  readonly outageLog: OutageLog;
  readonly outages: Outages;
  readonly results: Results;
  readonly readPath: ReadPath;
  readonly loadWraps: LoadWraps;
  readonly changes: Changes;
}

/** Makes the parts and joins them. Throws `TypeError` or `RangeError` for an option that is wrong. Opens nothing and asks no store. */
export function assemble(options: DatastoreOptions): DatastoreParts {
  const { store: storePolicy, get } = datastorePolicies(options);
  const { cullTime, drill, name } = storePolicy;
  const clock = watch(storePolicy.clock);
  const { now } = clock;
  const events = new Events(name);
  const background = new Background((error) => events.emit("backgroundFailed", { error }), storePolicy.background);
  const records = new RecordFormat(storePolicy.codec, storePolicy.readable);
  const stamps = new Stamps(now);

  const { adapter, timeout, mirror } = oneBackup(storePolicy, events, now);
  const backupGuard = new Guard(adapter.name, timeout, now, events.topics.storeCalled);
  const store = new GuardedBackup(adapter, backupGuard, "", mirror);
  const outageLog = new OutageLog(new GuardedBackup(adapter, backupGuard, OUTAGE_PREFIX), store, records, now);

  const { cache: adapters, cacheTimeout, nearTtl } = storePolicy;
  const changedElsewhere = (key: string, outdates: number): void => readPath.loads.outdate(key, outdates);
  const cache = cacheOf({ adapters, timeout: cacheTimeout, nearTtl, records, events, background, clock, changedElsewhere });
  const markLog = new MarkLog(new GuardedBackup(adapter, backupGuard, MARK_PREFIX), records, events, now);
  const marks = new Marks({ cache, log: markLog, events, background, nearTtl, cullTime, now });
  const marking = new Marking({ marks, cache, log: markLog, nearTtl, now });
  const copies = new Copies(cache, marks, cache.isShared && adapters.length === 1, now);
  const backup = new Backup({ store, records, stamps, events, background, now, cullTime, isDeleted: (entry) => marks.isDeleted(entry) });
  const culler = new Culler(store, events, cullTime, clock);
  const outages = new Outages(outageLog, events, background);

  const results = new Results(outages, now);
  const keeper = new Keeper({ cache, backup, outages, drill, now });
  const fallback = new Fallback({ cache, backup, keeper, stamps, outages, results, events, longestValidate: storePolicy.backupTimeout, now });
  const leasing = new Leasing({ cache, copies, now });
  const loadWraps = new LoadWraps();
  const readPath: ReadPath = new ReadPath({ copies, marks, backup, keeper, fallback, leasing, loadWraps, stamps, outages, results, events, background, now });
  const changes = new Changes({ readPath, cache, backup, records, stamps, marks, outages, events, now });

  const getPolicies = new GetPolicies(get, cullTime);
  return { storePolicy, getPolicies, now, events, background, cache, copies, marks, marking, backup, store, records, stamps, culler, outageLog, outages, results, readPath, loadWraps, changes };
}

interface OneBackup {
  readonly adapter: BackupAdapter;
  readonly timeout: number;
  readonly mirror: MirroredBackup | undefined;
}

/** Several backups are one to all others. Each has the deadline for itself: a call of all of them may wait for two, one after the other. */
function oneBackup({ backup, backupCopies: copies, backupTimeout: timeout }: StorePolicy, events: Events, now: () => number): OneBackup {
  const [adapter] = backup;
  if (backup.length === 1 && adapter !== undefined) return { adapter, timeout, mirror: undefined };
  const report = (operation: Operation, error: unknown): void =>
    events.emit("backupFailed", { key: undefined, operation, error, retry: operation === "write" || operation === "delete" });
  const mirror = new MirroredBackup(backup, { copies, timeout, now, report, isWhole });
  return { adapter: mirror, timeout: timeout * 3, mirror };
}
