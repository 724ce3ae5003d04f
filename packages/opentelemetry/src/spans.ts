import { types } from "node:util";
import type { Datastore, DatastoreEvents, LoadOutcome } from "@lastgood/core";
import { context, type Exception, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { attributesOf, errorType, type Source } from "./source.ts";

/** Opens a span around each load, and one for each call of a store within a span. Returns a function that stops it. */
export function openSpans(datastore: Datastore, source: Source, tracer: Tracer): () => void {
  const stops = [
    datastore.wrapLoads(({ key }, run) => {
      const span = tracer.startSpan("lastgood.load", { attributes: attributesOf(source, key) });
      return context.with(trace.setSpan(context.active(), span), async () => end(span, await run()));
    }),
    datastore.on("storeCalled", (call) => recordCall(call, source, tracer)),
    datastore.on("fallback", ({ age }) => {
      trace.getActiveSpan()?.addEvent("lastgood.fallback", { "lastgood.datastore.name": source.name, "lastgood.age": age / 1_000 });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** The call is over when it is told of. In the background it is part of no trace, and would be one by itself. */
function recordCall({ adapter, operation, duration, error }: DatastoreEvents["storeCalled"], { name }: Source, tracer: Tracer): void {
  if (trace.getActiveSpan() === undefined) return;
  const endTime = Date.now();
  const attributes = { "lastgood.datastore.name": name, "lastgood.adapter": adapter, "lastgood.operation": operation };
  const span = tracer.startSpan(`lastgood.store.${operation}`, { kind: SpanKind.CLIENT, startTime: endTime - duration, attributes });
  end(span, error === undefined ? { ok: true } : { ok: false, error }, endTime);
}

function end(span: Span, outcome: LoadOutcome, endTime?: number): void {
  if (!outcome.ok) {
    span.setAttribute("error.type", errorType(outcome.error));
    span.recordException(exceptionOf(outcome.error), endTime);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(endTime);
}

/** An SDK looks into what it is given, and a program may throw anything. */
function exceptionOf(thrown: unknown): Exception {
  try {
    if (types.isNativeError(thrown)) return { name: String(thrown.name), message: String(thrown.message), ...(typeof thrown.stack === "string" && { stack: thrown.stack }) };
    return String(thrown);
  } catch {
    return "something without a text was thrown";
  }
}
