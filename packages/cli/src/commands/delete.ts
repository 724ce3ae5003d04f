import type { Command } from "../command.ts";
import { EXIT } from "../load-failure.ts";
import { PLACE_OPTIONS } from "../options.ts";
import { withDatastore } from "../stores.ts";

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
