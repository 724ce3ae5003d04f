/** @ts-ignore Programs that pass a client of another library compile without ioredis. This comment stays in the declarations. */
import type { RedisOptions } from "ioredis";

/** The options of ioredis: `host`, `port`, `username`, `password`, `db`, `tls`, `sentinels`, `name` … Some defaults differ. */
// `replyMapping` is left out: no command here returns a map, and with it ioredis 6's types accept only literal options.
export type RedisConnectionOptions = Omit<RedisOptions, "replyMapping">;
