export { exampleCache } from "./cache-adapter.ts";
export type { ExampleClient, ExampleItem } from "./cache-adapter.ts";
