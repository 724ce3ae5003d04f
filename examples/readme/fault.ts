import { allFrom, sources } from "../../faults/src/expect.mjs";
import { type Fault, runFault } from "../../faults/src/run.mjs";

const fault: Fault =
{
  id: "redis-killed",
  area: "redis",
  title: "Redis dies",
  injected: "SIGKILL to redis-server under load",
  holds: "values are loaded, or come from the backup",
  quick: true,                  // seconds, no root: it runs with the tests too
  needs: ["redis"],             // services, tools of tools.json, "root"
  async run(context) {
    const redis = await context.service("redis");
    const subject = await context.start({ cache: redis.url, backup: `file:${await context.directory()}` });
    await subject.get(["a", "b"]);
    allFrom(await subject.get(["a", "b"]), "cache");  // Redis has taken both
    await redis.first.kill();
    await subject.source("down");
    allFrom(await subject.get(["a", "b"]), "backup"); // throws if it does not hold
    return sources(subject.notes);                    // what was seen, counted in this very run
  },
};

const { survived, seen } = await runFault(fault);
if (!survived) throw new Error(seen);
