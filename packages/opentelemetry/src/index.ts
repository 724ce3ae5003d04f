export { instrument, type Instrumentation, type InstrumentOptions } from "./opentelemetry.ts";
