import { inspect } from "node:util";
import type { Command } from "../command.ts";
import { EXIT } from "../load-failure.ts";
import { PLACE_OPTIONS } from "../options.ts";
import { print } from "../print.ts";
import { describeAnswer, say } from "../report.ts";
import { withDatastore } from "../stores.ts";

export const peek: Command = {
  name: "peek",
  synopsis: "KEY",
  summary: "print the backup of a key, whatever its age",
  details: "The source is not asked. Exits with 1 if there is no backup. What a program has stored that is not bytes is shown as JavaScript.",
  options: PLACE_OPTIONS,
  async run(args) {
    const [key] = args.positionals("KEY");
    return await withDatastore(args, {}, async (datastore) => {
      const backup = await datastore.peekBackup(key);
      if (backup === undefined) {
        say("no backup", key);
        return EXIT.failed;
      }
      await print(backup.value instanceof Uint8Array ? backup.value : `${inspect(backup.value, { depth: Infinity })}\n`);
      say(describeAnswer({ ...backup, stale: true }), key);
      return EXIT.ok;
    });
  },
};
