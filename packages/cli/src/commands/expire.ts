import { KEY_OPTIONS } from "../arguments/options.ts";
import { findKept, fullKey } from "../stores/keys.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { say } from "../terminal/say.ts";
import type { Command } from "./command.ts";

export const expire: Command = {
  name: "expire",
  synopsis: "KEY",
  summary: "ask the source next time",
  details: [
    "Forgets the cached answer of a key, so that the next run or fetch asks the source. The backup stays. Exits with 1 if nothing is kept under the key.",
  ],
  options: KEY_OPTIONS,
  async run(args) {
    const asked = args.key();
    return await withDatastore(args, { usesCache: true }, async ({ keys }) => {
      const kept = await findKept(keys, asked);
      await keys.expire(kept ?? asked);
      if (kept !== undefined) return EXIT.ok;
      say("nothing is kept under this key", fullKey(args.namespace(), asked));
      return EXIT.failed;
    });
  },
};
