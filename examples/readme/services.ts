import { startProxy, startService } from "@lastgood/services";

const redis = await startService("redis");
const proxy = await startProxy(redis.first.port);

console.log(redis.url); // also dir, secret, servers, first, server("node1")
redis.first.pause(); // the server keeps its connections and says nothing
redis.first.resume();
await redis.first.kill(); // stop() ends it in good order
await redis.first.start(); // on the same port
proxy.stall(); // also cut(), reset(), cutAfter(bytes), replaceNext(change), flow()

await proxy.close();
await redis.stop();
