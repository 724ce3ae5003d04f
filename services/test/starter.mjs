// Started by services.test.ts as a process of its own, and killed.
import { startService } from "../src/index.mjs";

const services = [await startService("redis"), await startService("memcached", "three")];
services[1]?.first.pause();
console.log(JSON.stringify({ ports: services.flatMap(({ servers }) => servers.map(({ port }) => port)), dirs: services.map(({ dir }) => dir) }));
