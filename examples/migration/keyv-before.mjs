import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";

/** @param {string} redis @param {() => Promise<object>} load */
export function openRates(redis, load) {
  const keyv = new Keyv({ store: new KeyvRedis(redis), namespace: "finance", ttl: 300_000 });
  return {
    async rates() {
      const known = await keyv.get("rates");
      if (known !== undefined) return known;
      const rates = await load();
      await keyv.set("rates", rates);
      return rates;
    },
    /** Somebody has changed them. */
    changed: () => keyv.delete("rates"),
    close: () => keyv.disconnect(),
  };
}
