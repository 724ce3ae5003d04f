export { type MemoryCache, memoryCache } from "./cache-memory.ts";
export type { MemoryCacheOptions, SizeOf } from "./options.ts";
