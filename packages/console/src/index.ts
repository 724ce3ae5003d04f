export { consoleHandler, type ConsoleOptions } from "./console.ts";
export { healthResponse, type HealthResponseOptions } from "./health-response.ts";
