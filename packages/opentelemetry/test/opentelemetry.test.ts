import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import { type ManualClock, manualClock, memoryBackup } from "@lastgood/core/testing";
import { type Attributes, context, type Meter, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { AggregationTemporality, type DataPoint, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { instrument, type InstrumentOptions } from "../src/index.ts";

const MINUTE = 60_000;

interface Setting {
  readonly datastore: Datastore;
  readonly clock: ManualClock;
  readonly meter: Meter;
  readonly tracer: Tracer;
  readonly spans: InMemorySpanExporter;
  /** The value of the data point with these attributes, besides that of the datastore. */
  value(name: string, attributes?: Attributes): Promise<unknown>;
  /** Every data point there is, as text. */
  page(): Promise<string>;
}

function setUp(options: Partial<DatastoreOptions> = {}): Setting {
  const clock = manualClock();
  const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), clock, name: "feeds", ...options });
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 2 ** 30, exportTimeoutMillis: 1_000 });
  const meters = new MeterProvider({ readers: [reader] });
  const spans = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  onTestFinished(async () => void (await Promise.all([meters.shutdown(), tracers.shutdown()])));
  const points = async (): Promise<{ name: string; unit: string; point: DataPoint<unknown> }[]> => {
    metrics.reset();
    await meters.forceFlush();
    const all = metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return all.flatMap(({ descriptor, dataPoints }) => dataPoints.map((point) => ({ name: descriptor.name, unit: descriptor.unit, point })));
  };
  return {
    datastore,
    clock,
    meter: meters.getMeter("test"),
    tracer: tracers.getTracer("test"),
    spans,
    page: async () => JSON.stringify(await points()),
    async value(name, attributes = {}) {
      const wanted = { "lastgood.datastore.name": "feeds", ...attributes };
      const found = (await points()).find((one) => one.name === name && equal(one.point.attributes, wanted));
      return found?.point.value;
    },
  };
}

function equal(one: Attributes, other: Attributes): boolean {
  const text = (attributes: Attributes): string => JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return text(one) === text(other);
}

function down(): Promise<never> {
  return Promise.reject(new TypeError("the source is down"));
}

const manager = new AsyncLocalStorageContextManager();
beforeAll(() => void context.setGlobalContextManager(manager.enable()));
afterAll(() => context.disable());

describe("metrics", () => {
  it("gets are counted by where their answer came from, and whether it is stale", async () => {
    const { datastore, clock, meter, value } = setUp();
    instrument(datastore, { meter });
    await datastore.get("key", () => "value", "1m");
    await datastore.get("key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("key", down, "1m");
    await datastore.get("key", down, "1m");
    await datastore.get("other", down).catch(() => {});
    expect(await value("lastgood.gets", { "lastgood.source": "cache", "lastgood.stale": false })).toBe(1);
    expect(await value("lastgood.gets", { "lastgood.source": "cache", "lastgood.stale": true })).toBe(1);
    expect(await value("lastgood.gets", { "lastgood.source": "loader", "lastgood.stale": false })).toBe(1);
    expect(await value("lastgood.gets", { "lastgood.source": "backup", "lastgood.stale": true })).toBe(1);
    expect(await value("lastgood.get.failures")).toBe(1);
    expect(await value("lastgood.load.failures", { "lastgood.reason": "error" })).toBe(2);
  });

  it("the duration of a load is in seconds, and that of a failed one has the type of its error", async () => {
    const { datastore, clock, meter, value } = setUp();
    instrument(datastore, { meter });
    await datastore.get("key", () => (clock.advance(1_500), "value"));
    await datastore.get("other", () => (clock.advance(40), down())).catch(() => {});
    expect(await value("lastgood.load.duration")).toMatchObject({ count: 1, sum: 1.5 });
    expect(await value("lastgood.load.duration", { "error.type": "TypeError" })).toMatchObject({ count: 1, sum: 0.04 });
  });

  it("keys in fallback, the oldest age, pending writes, store states and culls are those of the datastore", async () => {
    const backup = memoryBackup();
    const { datastore, clock, meter, value } = setUp({ backup });
    instrument(datastore, { meter });
    await datastore.get("key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("key", down, "1m");
    expect(await value("lastgood.fallback.keys")).toBe(1);
    expect(await value("lastgood.fallback.oldest_age")).toBe(120);
    await datastore.cull();
    expect(await value("lastgood.culls", { "lastgood.postponed": false })).toBe(1);
    backup.write = () => {
      throw new Error("disk full");
    };
    clock.advance(2 * MINUTE);
    await datastore.get("key", () => "value", "1m");
    expect(await value("lastgood.fallback.keys")).toBe(0);
    expect(await value("lastgood.fallback.oldest_age")).toBe(0);
    expect(await value("lastgood.recoveries")).toBe(1);
    expect(await value("lastgood.backup.pending_writes")).toBe(1);
    expect(await value("lastgood.store.state", { "lastgood.store": "cache", "lastgood.adapter": "memory", "lastgood.state": "ok" })).toBe(1);
    expect(await value("lastgood.store.state", { "lastgood.store": "cache", "lastgood.adapter": "memory", "lastgood.state": "paused" })).toBe(0);
    expect(await value("lastgood.store.failures", { "lastgood.store": "backup", "lastgood.operation": "write" })).toBe(1);
  });

  it("names and units follow the semantic conventions: lower case, dots, no unit in a name, and a unit for each", async () => {
    const { datastore, meter, page } = setUp();
    instrument(datastore, { meter });
    await datastore.get("key", () => "value");
    const points = JSON.parse(await page()) as { name: string; unit: string }[];
    expect(new Set(points.map(({ name }) => name)).size).toBeGreaterThan(15);
    for (const { name, unit } of points) {
      expect(name).toMatch(/^lastgood(?:\.[a-z]+(?:_[a-z]+)*)+$/);
      expect(name).not.toMatch(/seconds|bytes|total$/);
      expect(unit).not.toBe("");
    }
  });

  it("no key is in any attribute without a keyGroup, and with one its groups are", async () => {
    const { datastore, meter, tracer, spans, page } = setUp();
    const bare = instrument(datastore, { meter, tracer });
    await datastore.get("user:secret", () => "value");
    await datastore.get("user:broken", down).catch(() => {});
    expect(await page()).not.toContain("secret");
    expect(JSON.stringify(spans.getFinishedSpans().map(({ name, attributes, events }) => ({ name, attributes, events })))).not.toContain("secret");
    bare.close();
    instrument(datastore, { meter, tracer, keyGroup: (key) => key.split(":")[0] });
    await datastore.get("user:secret", () => "value");
    expect(await page()).toContain('"lastgood.key_group":"user"');
    expect(await page()).not.toContain("secret");
  });

  it.each([
    ["throws", () => { throw new Error("no group"); }],
    ["returns nothing", () => undefined],
    ["returns a promise that rejects", () => Promise.reject(new Error("no group"))],
  ])("a keyGroup that %s hurts no get and no collection", async (_what, keyGroup) => {
    const { datastore, meter, tracer, value } = setUp();
    instrument(datastore, { meter, tracer, keyGroup: keyGroup as never });
    expect(await datastore.get("key", () => "value")).toBe("value");
    expect(await datastore.get("key", () => "value")).toBe("value");
    expect(await value("lastgood.gets", { "lastgood.source": "cache", "lastgood.stale": false, "lastgood.key_group": "other" })).toBe(1);
  });

  it.each([
    ["an object whose name cannot be read", Object.defineProperty({}, "name", { get() { throw new Error("no"); } })],
    ["a text", "no error at all"],
    ["an error with an odd name", Object.assign(new Error("odd"), { name: "user 7 <b>" })],
    ["nothing", undefined],
  ])("a loader that throws %s is of the type _OTHER, and its span ends", async (_what, thrown) => {
    const { datastore, meter, tracer, spans, value } = setUp();
    instrument(datastore, { meter, tracer });
    await datastore.get("key", () => Promise.reject(thrown)).catch(() => {});
    expect(await value("lastgood.load.duration", { "error.type": "_OTHER" })).toMatchObject({ count: 1 });
    expect(spans.getFinishedSpans().filter(({ name }) => name === "lastgood.load")).toMatchObject([{ status: { code: SpanStatusCode.ERROR } }]);
  });

  it("two datastores share a meter; a second of the same name is refused until the first is closed", async () => {
    const { datastore, meter, value } = setUp();
    const first = instrument(datastore, { meter });
    instrument(setUp({ name: "users" }).datastore, { meter });
    expect(() => instrument(setUp().datastore, { meter })).toThrow('instrument: the meter has a datastore named "feeds" already');
    expect(() => instrument(datastore, { meter })).toThrow("already");
    await datastore.get("key", () => "value");
    expect(await value("lastgood.gets", { "lastgood.source": "loader", "lastgood.stale": false })).toBe(1);
    first.close();
    first.close();
    instrument(setUp().datastore, { meter });
  });

  it("after close nothing is counted, and no span is made", async () => {
    const { datastore, meter, tracer, spans, value } = setUp();
    instrument(datastore, { meter, tracer }).close();
    await datastore.get("key", () => "value");
    expect(spans.getFinishedSpans()).toEqual([]);
    expect(await value("lastgood.gets", { "lastgood.source": "loader", "lastgood.stale": false })).toBeUndefined();
  });

  it("a datastore that nobody uses any more is collected, though its instrumentation was never closed", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { meter, tracer, page } = setUp();
    const ref = await (async () => {
      const { datastore } = setUp();
      instrument(datastore, { meter, tracer });
      await datastore.get("key", () => "value");
      return new WeakRef(datastore);
    })();
    await expect.poll(() => (collect(), ref.deref() === undefined), { timeout: 20_000 }).toBe(true);
    await page();
  });
});

describe("spans", () => {
  it("a load has a span, within that of its caller, and what the loader does is within that of the load", async () => {
    const { datastore, meter, tracer, spans } = setUp();
    instrument(datastore, { meter, tracer });
    await tracer.startActiveSpan("request", async (request) => {
      await datastore.get("key", async () => {
        tracer.startSpan("query").end();
        await new Promise(setImmediate);
        tracer.startSpan("second query").end();
        return "value";
      });
      request.end();
    });
    const [request, load] = ["request", "lastgood.load"].map((name) => spans.getFinishedSpans().find((span) => span.name === name));
    expect(load?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    for (const name of ["query", "second query"]) {
      expect(spans.getFinishedSpans().find((span) => span.name === name)?.parentSpanContext?.spanId).toBe(load?.spanContext().spanId);
    }
    expect(load).toMatchObject({ kind: SpanKind.INTERNAL, attributes: { "lastgood.datastore.name": "feeds" }, status: { code: SpanStatusCode.UNSET } });
  });

  it("a load that fails has an error, its type and its exception, and the caller's span says that the backup stood in", async () => {
    const { datastore, clock, meter, tracer, spans } = setUp();
    instrument(datastore, { meter, tracer });
    await datastore.get("key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    spans.reset();
    await tracer.startActiveSpan("request", async (request) => {
      await datastore.get("key", down, "1m");
      request.end();
    });
    const load = spans.getFinishedSpans().find(({ name }) => name === "lastgood.load");
    expect(load).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { "error.type": "TypeError" }, events: [{ name: "exception", attributes: { "exception.message": "the source is down" } }] });
    const request = spans.getFinishedSpans().find(({ name }) => name === "request");
    expect(request?.events).toMatchObject([{ name: "lastgood.fallback", attributes: { "lastgood.age": 120 } }]);
  });

  it("a load that takes too long is an error of the type LOAD_TIMEOUT", async () => {
    const { datastore, meter, tracer, spans } = setUp();
    instrument(datastore, { meter, tracer });
    await datastore.get("key", () => new Promise<string>(() => {}), { timeout: 5 }).catch(() => {});
    expect(spans.getFinishedSpans()).toMatchObject([{ name: "lastgood.load", attributes: { "error.type": "LOAD_TIMEOUT" } }]);
  });

  it("a call of a store within a trace has a span, and one outside of any has none", async () => {
    const { datastore, meter, tracer, spans } = setUp();
    instrument(datastore, { meter, tracer });
    await datastore.set("key", "value");
    expect(spans.getFinishedSpans()).toEqual([]);
    await tracer.startActiveSpan("request", async (request) => {
      await datastore.set("key", "value");
      request.end();
    });
    const call = spans.getFinishedSpans().find(({ name }) => name === "lastgood.store.write");
    expect(call).toMatchObject({ kind: SpanKind.CLIENT, attributes: { "lastgood.adapter": "memory", "lastgood.operation": "write" } });
    expect(call?.parentSpanContext).toBeDefined();
  });

  it("a tracer that throws changes nothing for a get", async () => {
    const { datastore, meter } = setUp();
    const tracer = { startSpan: () => { throw new Error("no span"); } } as never;
    instrument(datastore, { meter, tracer });
    expect(await datastore.get("key", () => "value")).toBe("value");
  });

  it("without an SDK the API does nothing, and gets are answered", async () => {
    const { datastore } = setUp();
    const instrumentation = instrument(datastore);
    expect(await datastore.get("key", () => "value")).toBe("value");
    instrumentation.close();
  });
});

describe("bad arguments", () => {
  const wrong = (options: unknown) => () => instrument(setUpOnce(), options as InstrumentOptions);
  const setUpOnce = (): Datastore => new Datastore({ cache: memoryCache(), backup: memoryBackup() });
  it.each([
    ["a datastore that is none", () => instrument({} as never), "instrument: datastore must be a Datastore of @lastgood/core; got another object"],
    ["options that are no object", wrong("feeds"), "instrument: options must be an object; got feeds"],
    ["an unknown option", wrong({ metre: 1 }), 'instrument: options must be among meter, tracer, name, keyGroup; got "metre"'],
    ["a meter that is none", wrong({ meter: {} }), "instrument: meter must be a Meter of @opentelemetry/api; got another object"],
    ["a tracer that is none", wrong({ tracer: 5 }), "instrument: tracer must be a Tracer of @opentelemetry/api; got 5"],
    ["an empty name", wrong({ name: "" }), 'instrument: name must be a text such as "feeds"; got ""'],
    ["a keyGroup that is no function", wrong({ keyGroup: "user" }), "instrument: keyGroup must be a function; got user"],
  ])("%s is refused by name", (_what, call, message) => {
    expect(call).toThrow(message);
  });
});
