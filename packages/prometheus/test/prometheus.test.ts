import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import { type ManualClock, manualClock, memoryBackup } from "@lastgood/core/testing";
import { Counter, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { register } from "../src/index.ts";

const MINUTE = 60_000;

interface Setting {
  readonly datastore: Datastore;
  readonly registry: Registry;
  readonly clock: ManualClock;
}

function setUp(options: Partial<DatastoreOptions> = {}): Setting {
  const clock = manualClock();
  const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), clock, name: "feeds", ...options });
  return { datastore, registry: new Registry(), clock };
}

function down(): Promise<never> {
  return Promise.reject(new Error("the source is down"));
}

/** The samples of a page, without comments: `name{labels}` and the value. */
async function samplesOf(registry: Registry): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]));
}

describe("register", () => {
  it("gets are counted by where their answer came from, and whether it is stale", async () => {
    const { datastore, registry, clock } = setUp();
    register(datastore, registry);
    await datastore.get("key", () => "value", "1m");
    await datastore.get("key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("key", down, "1m");
    await datastore.get("key", down, "1m");
    await datastore.get("other", down).catch(() => {});
    const samples = await samplesOf(registry);
    expect(samples.get('lastgood_gets_total{datastore="feeds",source="cache",stale="false"}')).toBe(1);
    expect(samples.get('lastgood_gets_total{datastore="feeds",source="cache",stale="true"}')).toBe(1);
    expect(samples.get('lastgood_gets_total{datastore="feeds",source="loader",stale="false"}')).toBe(1);
    expect(samples.get('lastgood_gets_total{datastore="feeds",source="backup",stale="true"}')).toBe(1);
    expect(samples.get('lastgood_get_failures_total{datastore="feeds"}')).toBe(1);
    expect(samples.get('lastgood_load_failures_total{datastore="feeds",reason="error"}')).toBe(2);
  });

  it("durations of loads are seconds, by outcome", async () => {
    const { datastore, registry, clock } = setUp();
    register(datastore, registry);
    await datastore.get("key", () => (clock.advance(1_500), "value"));
    await datastore.get("other", () => (clock.advance(40), down())).catch(() => {});
    const samples = await samplesOf(registry);
    expect(samples.get('lastgood_load_duration_seconds_sum{datastore="feeds",outcome="loaded"}')).toBe(1.5);
    expect(samples.get('lastgood_load_duration_seconds_bucket{le="0.05",datastore="feeds",outcome="failed"}')).toBe(1);
    expect(samples.get('lastgood_load_duration_seconds_bucket{le="0.025",datastore="feeds",outcome="failed"}')).toBe(0);
  });

  it("keys in fallback, the oldest age among them and the first failure come and go with an outage", async () => {
    const { datastore, registry, clock } = setUp();
    register(datastore, registry);
    const outage = async (): Promise<unknown> => {
      const samples = await samplesOf(registry);
      return ["keys", "oldest_age_seconds", "first_failure_timestamp_seconds"].map((name) => samples.get(`lastgood_fallback_${name}{datastore="feeds"}`));
    };
    expect(await outage()).toEqual([0, 0, 0]);
    for (const key of ["a", "b"]) await datastore.get(key, () => "value", "1m");
    clock.advance(2 * MINUTE);
    const began = clock.now() / 1_000;
    for (const key of ["a", "b"]) await datastore.get(key, down, "1m");
    clock.advance(MINUTE);
    expect(await outage()).toEqual([2, 180, began]);
    for (const key of ["a", "b"]) await datastore.get(key, () => "value", "1m");
    expect(await outage()).toEqual([0, 0, 0]);
    expect((await samplesOf(registry)).get('lastgood_recoveries_total{datastore="feeds"}')).toBe(2);
  });

  it("pending writes, store states and store failures are those of the stores", async () => {
    const backup = memoryBackup();
    const { write } = backup;
    const { datastore, registry } = setUp({ backup });
    register(datastore, registry);
    backup.write = () => {
      throw new Error("disk full");
    };
    await datastore.get("key", () => "value");
    let samples = await samplesOf(registry);
    expect(samples.get('lastgood_backup_pending_writes{datastore="feeds"}')).toBe(1);
    expect(samples.get('lastgood_store_state{datastore="feeds",store="backup",adapter="memory",state="failing"}')).toBe(1);
    expect(samples.get('lastgood_store_state{datastore="feeds",store="cache",adapter="memory",state="ok"}')).toBe(1);
    expect(samples.get('lastgood_store_failures_total{datastore="feeds",store="backup",operation="write"}')).toBe(1);
    backup.write = write;
    await datastore.flush();
    samples = await samplesOf(registry);
    expect(samples.get('lastgood_backup_pending_writes{datastore="feeds"}')).toBe(0);
    expect(samples.get('lastgood_store_state{datastore="feeds",store="backup",adapter="memory",state="failing"}')).toBe(0);
    expect(samples.get('lastgood_backup_writes_total{datastore="feeds"}')).toBe(1);
    await datastore.cull();
    expect((await samplesOf(registry)).get('lastgood_cull_examined_records_total{datastore="feeds"}')).toBe(1);
  });

  it("no key is in any label without a keyGroup", async () => {
    const { datastore, registry, clock } = setUp();
    register(datastore, registry);
    await datastore.get("secret-key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("secret-key", down, "1m");
    const page = await registry.metrics();
    expect(page).not.toContain("secret-key");
    expect(page).not.toContain("key_group");
  });

  it("a keyGroup makes a label of its groups, whatever characters they have", async () => {
    const { datastore, registry, clock } = setUp();
    register(datastore, registry, { keyGroup: (key) => key.split(":")[0] });
    const hostile = 'a"b\\c\nd{e="f"}\u202e\u0000';
    for (const key of ["user:7", `${hostile}:1`]) await datastore.get(key, () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("user:7", down, "1m");
    const samples = await samplesOf(registry);
    expect(samples.get('lastgood_gets_total{datastore="feeds",source="backup",stale="true",key_group="user"}')).toBe(1);
    expect(samples.get('lastgood_fallback_keys{datastore="feeds",key_group="user"}')).toBe(1);
    const page = await registry.metrics();
    expect(page).toContain('key_group="a\\"b\\\\c\\nd{e=\\"f\\"}\u202e\u0000"');
  });

  it.each([
    ["throws", () => { throw new Error("no group"); }],
    ["returns nothing", () => undefined],
    ["returns an object", () => ({})],
    ["returns a promise that rejects", () => Promise.reject(new Error("no group"))],
  ])("a keyGroup that %s hurts no get and no scrape", async (_what, keyGroup) => {
    const { datastore, registry, clock } = setUp();
    register(datastore, registry, { keyGroup: keyGroup as never });
    expect(await datastore.get("key", () => "value", "1m")).toBe("value");
    clock.advance(2 * MINUTE);
    expect(await datastore.get("key", down, "1m")).toBe("value");
    expect((await samplesOf(registry)).get('lastgood_fallback_keys{datastore="feeds",key_group="other"}')).toBe(1);
  });
});

describe("several datastores, several registrations", () => {
  it("two datastores share a registry, and each has a label of its own, one with groups and one without", async () => {
    const { datastore, registry } = setUp();
    const users = setUp({ name: "users" }).datastore;
    register(datastore, registry);
    register(users, registry, { keyGroup: () => "all" });
    await datastore.get("key", () => "value");
    await users.get("key", () => "value");
    const samples = await samplesOf(registry);
    expect(samples.get('lastgood_gets_total{datastore="feeds",source="loader",stale="false"}')).toBe(1);
    expect(samples.get('lastgood_gets_total{datastore="users",source="loader",stale="false",key_group="all"}')).toBe(1);
  });

  it("a second datastore of the same name is refused, and the first is still counted", async () => {
    const { datastore, registry } = setUp();
    register(datastore, registry);
    expect(() => register(setUp().datastore, registry)).toThrow('register: the registry has a datastore named "feeds" already');
    await datastore.get("key", () => "value");
    expect((await samplesOf(registry)).get('lastgood_gets_total{datastore="feeds",source="loader",stale="false"}')).toBe(1);
    register(setUp().datastore, registry, { name: "others" });
  });

  it("a datastore without a name has the label default", async () => {
    const { datastore, registry } = setUp({ name: undefined });
    register(datastore, registry);
    expect((await samplesOf(registry)).get('lastgood_fallback_keys{datastore="default"}')).toBe(0);
  });

  it("a datastore that is registered twice counts once, until both registrations are closed", async () => {
    const { datastore, registry } = setUp();
    const one = register(datastore, registry);
    const other = register(datastore, registry);
    one.close();
    one.close();
    await datastore.get("key", () => "value");
    expect((await samplesOf(registry)).get('lastgood_gets_total{datastore="feeds",source="loader",stale="false"}')).toBe(1);
    other.close();
    expect(await registry.metrics()).not.toContain("lastgood");
  });

  it("closing one datastore leaves the other's metrics, histograms included", async () => {
    const { datastore, registry } = setUp();
    const users = setUp({ name: "users" }).datastore;
    const registration = register(datastore, registry);
    register(users, registry);
    for (const one of [datastore, users]) await one.get("key", () => "value");
    registration.close();
    const page = await registry.metrics();
    expect(page).not.toContain("feeds");
    expect(page).toContain('lastgood_load_duration_seconds_count{datastore="users",outcome="loaded"} 1');
  });

  it("one datastore may be in two registries", async () => {
    const { datastore, registry } = setUp();
    const second = new Registry();
    register(datastore, registry);
    register(datastore, second).close();
    await datastore.get("key", () => "value");
    expect(await second.metrics()).not.toContain("lastgood");
    expect(await registry.metrics()).toContain('source="loader",stale="false"} 1');
  });

  it("after registry.clear() a datastore can be registered again", async () => {
    const { datastore, registry } = setUp();
    const first = register(datastore, registry);
    registry.clear();
    register(datastore, registry);
    first.close();
    await datastore.get("key", () => "value");
    expect(await registry.metrics()).toContain('source="loader",stale="false"} 1');
  });

  it("a registry with a foreign metric of one of the names is left as it was", async () => {
    const { datastore, registry } = setUp();
    const foreign = new Counter({ name: "lastgood_culls_total", help: "not ours", registers: [registry] });
    expect(() => register(datastore, registry)).toThrow("register: the registry has a metric lastgood_culls_total that was not made here");
    expect(registry.getMetricsAsArray()).toHaveLength(1);
    expect(registry.getSingleMetric("lastgood_culls_total")).toBe(foreign);
  });

  it("a registry of OpenMetrics is served as well", async () => {
    const registry = new Registry<"application/openmetrics-text; version=1.0.0; charset=utf-8">();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const { datastore } = setUp();
    register(datastore, registry);
    await datastore.get("key", () => "value");
    const page = await registry.metrics();
    expect(page).toContain("# TYPE lastgood_gets counter");
    expect(page).toContain("# EOF");
  });
});

describe("nothing is kept alive", () => {
  it("a datastore that nobody uses any more is collected, and its metrics go with the next scrape", async () => {
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const registry = new Registry();
    const ref = await (async () => {
      const { datastore } = setUp();
      register(datastore, registry);
      await datastore.get("key", () => "value");
      await registry.metrics();
      return new WeakRef(datastore);
    })();
    await expect.poll(() => (collect(), ref.deref() === undefined), { timeout: 20_000 }).toBe(true);
    expect(await registry.metrics()).not.toContain("feeds");
  });
});

describe("bad arguments", () => {
  const { datastore, registry } = setUp();
  it.each([
    ["a datastore that is none", () => register({} as never, registry), "register: datastore must be a Datastore of @lastgood/core; got another object"],
    ["a registry that is none", () => register(datastore, undefined as never), "register: registry must be a Registry of prom-client; got undefined"],
    ["options that are no object", () => register(datastore, registry, "feeds" as never), "register: options must be an object; got feeds"],
    ["an unknown option", () => register(datastore, registry, { prefix: "x" } as never), 'register: options must be among name, keyGroup; got "prefix"'],
    ["an empty name", () => register(datastore, registry, { name: "" }), 'register: name must be a text such as "feeds"; got ""'],
    ["a keyGroup that is no function", () => register(datastore, registry, { keyGroup: 5 as never }), "register: keyGroup must be a function; got 5"],
  ])("%s is refused by name, and nothing is registered", (_what, call, message) => {
    expect(call).toThrow(message);
    expect(registry.getMetricsAsArray()).toEqual([]);
  });
});
