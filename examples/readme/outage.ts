import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({
  cache: memoryCache(),
  backup: fsBackup("./var/backups"),
});

const rates = await datastore.get("rates", loadRates, "5m");

async function loadRates(): Promise<Record<string, number>> {
  return { EUR: 1, USD: 1.1 };
}

const log = { warn: (_facts: object, _message: string): void => {} };

async function atThreeInTheMorning(): Promise<void> {
  datastore.health();
  // { fallback: [{ key: "rates", since: 1763865600000, failures: 12, error: Error: 503, age: 7260000 }], cache: {…}, backup: {…} }

  for await (const outage of datastore.outages()) console.log(outage); // the same, from every process that shares the backup store
  datastore.on("fallback", ({ key, age, error }) => log.warn({ key, age, error }, "serving the last good value"));
}

await atThreeInTheMorning();
await datastore.close();

export { rates };
