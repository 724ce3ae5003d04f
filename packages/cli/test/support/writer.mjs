// node writer.mjs CACHE PLACE NUMBER ROUNDS: writes "loaded at NUMBER" under every id once it gets a message.
import { fileCache } from "../../dist/stores/file-cache.js";
import { sqliteCache } from "../../dist/stores/sqlite-cache.js";

const [, , open, place = "", number = "", rounds = ""] = process.argv;
const cache = open === "sqliteCache" ? sqliteCache(place) : fileCache(place);

process.once("message", async () => {
  for (let round = 0; round < Number(rounds); round++) {
    await cache.setUnlessNewer?.(`id-${round}`, Buffer.from(`loaded at ${number}`), 60_000, { loadedAt: Number(number) });
  }
  await cache.close?.();
  process.disconnect();
});
process.send?.("ready");
