import { PLACE_OPTIONS } from "../arguments/options.ts";
import { withDatastore } from "../stores/stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import type { Command } from "./command.ts";

export const deleteKey: Command = {
  name: "delete",
  synopsis: "KEY",
  summary: "forget a key: its cached answer and its backup",
  details: "Forgets all that is kept under a key. Deleting what is not there is no error.",
  options: PLACE_OPTIONS,
  async run(args) {
    const [key] = args.positionals("KEY");
    return await withDatastore(args, {}, async (datastore) => {
      await datastore.delete(key);
      return EXIT.ok;
    });
  },
};
