import { isBytes } from "@lastgood/core/adapter";
import { inspect } from "node:util";
import { describeAnswer } from "../answers/describe-answer.ts";
import { KEY_OPTIONS } from "../arguments/options.ts";
import { findKept, fullKey } from "../stores/keys.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { say } from "../terminal/say.ts";
import type { Command } from "./command.ts";

export const peek: Command = {
  name: "peek",
  synopsis: "KEY",
  summary: "print the backup of a key, however old",
  details: [
    "Does not ask the source. Exits with 1 if there is no backup. A value of a program that is not bytes is shown as JavaScript.",
  ],
  options: KEY_OPTIONS,
  async run(args) {
    const asked = args.key();
    return await withDatastore(args, { usesCache: false }, async ({ keys }) => {
      const key = (await findKept(keys, asked)) ?? asked;
      const backup = await keys.peekBackup(key);
      const shown = fullKey(args.namespace(), key);
      if (backup === undefined) {
        say("no backup", shown);
        return EXIT.failed;
      }
      await print(isBytes(backup.value) ? backup.value : `${inspect(backup.value, { depth: Infinity })}\n`);
      say(describeAnswer({ ...backup, stale: true }), shown);
      return EXIT.ok;
    });
  },
};
