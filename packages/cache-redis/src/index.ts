export { redisCache } from "./cache-redis.ts";
export type { RedisCache, RedisCacheFactory } from "./cache-redis.ts";
export type { RedisCacheOptions, RedisClient, RedisConnectionOptions } from "./options.ts";
