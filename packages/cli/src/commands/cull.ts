import { PLACE_OPTIONS } from "../arguments/options.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { say } from "../terminal/say.ts";
import type { Command } from "./command.ts";

export const cull: Command = {
  name: "cull",
  synopsis: "",
  summary: "delete backups long unused",
  details: [
    "Nothing else deletes backups, so run this about once a week. A cull that would delete more than half of the backups, as after a clock jump, deletes nothing and exits with 1.",
  ],
  options: ["cull-time", "force", ...PLACE_OPTIONS],
  async run(args) {
    const cullTime = args.positiveDuration("cull-time");
    const force = args.flag("force");
    args.positionals();
    // Nothing is loaded here. With a ttl of 0, core accepts any cullTime.
    return await withDatastore(args, { cullTime, ttl: 0, usesCache: false }, async ({ datastore }) => {
      const { examined, deleted, failed, postponed } = await datastore.cull({ force });
      await print(`examined ${examined}, deleted ${deleted}, failed ${failed}\n`);
      if (postponed) say(whyPostponed(examined));
      return postponed || failed > 0 ? EXIT.failed : EXIT.ok;
    });
  },
};

/** A cull that examined nothing found the store locked. */
function whyPostponed(examined: number): string {
  if (examined === 0) return "nothing was deleted: another process is culling";
  return "nothing was deleted: it would have been more than half of the backups, or all unused for a month; --force deletes them";
}
