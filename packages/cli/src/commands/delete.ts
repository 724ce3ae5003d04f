import { KEY_OPTIONS } from "../arguments/options.ts";
import { findKept, fullKey } from "../stores/keys.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { say } from "../terminal/say.ts";
import type { Command } from "./command.ts";

export const deleteKey: Command = {
  name: "delete",
  synopsis: "KEY",
  summary: "forget a key and its backup",
  details: ["Forgets the cached answer and the backup of a key. Exits with 1 if nothing is kept under it."],
  options: KEY_OPTIONS,
  async run(args) {
    const asked = args.key();
    return await withDatastore(args, { usesCache: true }, async ({ datastore, keys }) => {
      let isDamaged = false;
      datastore.on("backupCorrupt", () => (isDamaged = true));
      const kept = await findKept(keys, asked);
      await keys.delete(kept ?? asked); // also if nothing was found, since this deletes damaged records too
      if (kept !== undefined || isDamaged) return EXIT.ok;
      say("nothing is kept under this key", fullKey(args.namespace(), asked));
      return EXIT.failed;
    });
  },
};
