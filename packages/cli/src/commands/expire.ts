import { PLACE_OPTIONS } from "../arguments/options.ts";
import { withDatastore } from "../stores/stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import type { Command } from "./command.ts";

export const expire: Command = {
  name: "expire",
  synopsis: "KEY",
  summary: "ask the source next time; the backup stays",
  details: "Forgets the cached answer of a key, so that the next run or fetch asks the source.",
  options: PLACE_OPTIONS,
  async run(args) {
    const [key] = args.positionals("KEY");
    return await withDatastore(args, {}, async (datastore) => {
      await datastore.expire(key);
      return EXIT.ok;
    });
  },
};
