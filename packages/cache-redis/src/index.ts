export { redisCache } from "./cache-redis.ts";
export type { RedisCache, RedisCacheFactory } from "./cache-redis.ts";
export type { RedisClient } from "./clients/kinds.ts";
export type { RedisConnectionOptions } from "./connection-options.ts";
export type { RedisCacheOptions } from "./options.ts";
