import { inspect } from "node:util";
import { describeAnswer } from "../answers/describe-answer.ts";
import { PLACE_OPTIONS } from "../arguments/options.ts";
import { withDatastore } from "../stores/stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { say } from "../terminal/say.ts";
import type { Command } from "./command.ts";

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
