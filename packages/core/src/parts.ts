import { Background } from "./background.ts";
import { BackupTier } from "./backup-tier.ts";
import { type CacheTier, cacheTier } from "./cache-tier.ts";
import { Culler } from "./cull.ts";
import { Events } from "./events.ts";
import { Flights } from "./flights.ts";
import { Guard } from "./guard.ts";
import type { Clock, DatastoreOptions } from "./options.ts";
import { OutageRecords } from "./outage-records.ts";
import { Outages } from "./outages.ts";
import { datastorePolicies, GetPolicies, type StorePolicy } from "./policies.ts";
import { Records } from "./records.ts";
import { Results } from "./result.ts";
import { Stamps } from "./stamps.ts";
import { Stores } from "./stores.ts";

/** What a datastore is made of. */
export interface Parts {
  readonly policy: StorePolicy;
  readonly policies: GetPolicies;
  readonly now: () => number;
  readonly events: Events;
  readonly background: Background;
  readonly records: Records;
  readonly stamps: Stamps;
  readonly cache: CacheTier;
  readonly backup: BackupTier;
  readonly stores: Stores;
  readonly culler: Culler;
  readonly outageRecords: OutageRecords;
  readonly outages: Outages;
  readonly flights: Flights;
  readonly results: Results;
}

/** Makes the parts and joins them. Throws `TypeError` or `RangeError` for an option that is wrong. Opens nothing and asks no store. */
export function assemble(options: DatastoreOptions): Parts {
  const { store: policy, get } = datastorePolicies(options);
  const { cullTime } = policy;
  const now = wholeMilliseconds(policy.clock);
  const events = new Events();
  const background = new Background((error) => events.emit("backupFailed", { key: undefined, operation: "background", error, retry: false }));
  const records = new Records(policy.codec);
  const stamps = new Stamps();
  const guard = new Guard(policy.backup.name, policy.backupTimeout, now);
  const cache = cacheTier(policy.cache, new Guard(policy.cache.name, policy.cacheTimeout, now), records, now);
  const backup = new BackupTier({ adapter: policy.backup, guard, records, stamps, events, background, now, cullTime });
  const outageRecords = new OutageRecords(policy.backup, guard);
  const outages = new Outages(outageRecords, events, background);
  return {
    policy,
    policies: new GetPolicies(get, cullTime),
    now,
    events,
    background,
    records,
    stamps,
    cache,
    backup,
    stores: new Stores({ cache, backup, records, events, background, cullTime }),
    culler: new Culler(backup, events, cullTime, now),
    outageRecords,
    outages,
    flights: new Flights(),
    results: new Results(outages, now),
  };
}

/** Whole epoch milliseconds, whatever a clock of the user's own says. */
function wholeMilliseconds(clock: Clock): () => number {
  return () => {
    const now = Math.trunc(clock.now());
    return now >= 0 ? now : 0;
  };
}
