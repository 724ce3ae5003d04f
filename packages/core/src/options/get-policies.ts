import type { Duration } from "../time/duration.ts";
import * as check from "./checks.ts";
import { warnOfConflicts } from "./conflicts.ts";
import { KnownOptions } from "./known-options.ts";
import type { GetOptions } from "./options.ts";
import { checkedGetOptions, type GetPolicy } from "./policies.ts";

/** Adds the datastore's defaults to the options of each get. Remembers the results, because most gets use the same options as others. */
export class GetPolicies {
  readonly #defaults: GetPolicy;
  readonly #cullTime: number;
  readonly #byTtl = new Map<Duration, GetPolicy>();
  readonly #known = new KnownOptions();
  #lastTtl: Duration | undefined;
  #last: GetPolicy;

  constructor(defaults: GetPolicy, cullTime: number) {
    this.#defaults = defaults;
    this.#last = defaults;
    this.#cullTime = cullTime;
  }

  resolve(options: Duration | GetOptions<never> | undefined, caller: string): GetPolicy {
    if (options === undefined) return this.#defaults;
    if (options === this.#lastTtl) return this.#last; // most gets use the same ttl as the one before
    if (typeof options !== "object") return this.#remember(options, this.#byTtl.get(options) ?? this.#resolveTtl(options, caller));
    return this.#known.find(options, caller) ?? this.#resolveOptions(options, caller);
  }

  #remember(ttl: Duration, policy: GetPolicy): GetPolicy {
    this.#lastTtl = ttl;
    this.#last = policy;
    return policy;
  }

  #resolveTtl(ttl: Duration, caller: string): GetPolicy {
    const policy = this.#with({ ttl: check.ttlMilliseconds(ttl, `${caller}: ttl`) });
    if (this.#byTtl.size < 100) this.#byTtl.set(ttl, policy); // limited, because a program may compute its ttls
    return policy;
  }

  #resolveOptions(options: object, caller: string): GetPolicy {
    const policy = this.#with(checkedGetOptions(options, caller));
    this.#known.remember(options, caller, policy);
    return policy;
  }

  #with(options: Partial<GetPolicy>): GetPolicy {
    const policy = { ...this.#defaults, ...options };
    warnOfConflicts(this.#cullTime, policy);
    return policy;
  }
}
