import type { KeyInFallback } from "@lastgood/core";
import { messageOf } from "@lastgood/core/adapter";
import { PLACE_OPTIONS } from "../arguments/options.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { JsonList } from "../terminal/lines.ts";
import { print } from "../terminal/print.ts";
import { onOneLine, showKey } from "../terminal/say.ts";
import { showAge, showDuration } from "../terminal/show-duration.ts";
import { table } from "../terminal/table.ts";
import type { Command } from "./command.ts";

const TITLES = ["KEY", "FAILING FOR", "FAILURES", "BACKUP IS", "LAST ERROR"];

export const status: Command = {
  name: "status",
  synopsis: "",
  summary: "list keys served from their backup",
  details: [
    "Lists every key whose source has failed and has not answered since: for how long, how many times in a row, how old the backup is, and the last error. Prints nothing when all is well. It includes what programs with the same backups have found. The key of a namespace is shown as NAMESPACE/KEY.",
  ],
  options: ["stale-exit", "json", ...PLACE_OPTIONS],
  ownHelp: { json: "print JSON for programs, with errors and their causes" },
  async run(args) {
    const staleExit = args.exitCode("stale-exit") ?? EXIT.ok;
    const isJson = args.flag("json");
    args.positionals();
    return await withDatastore(args, { usesCache: false }, async ({ datastore }) => {
      const outages: KeyInFallback[] = [];
      for await (const outage of datastore.outages()) outages.push(outage);
      if (isJson) await JsonList.print(outages); // errors say everything that is known of them
      else if (outages.length > 0) await print(table(TITLES, outages.map(row).sort()));
      return outages.length > 0 ? staleExit : EXIT.ok;
    });
  },
};

function row({ key, since, failures, age, error }: KeyInFallback): readonly string[] {
  return [showKey(key), showAge(since), String(failures), `${showDuration(age)} old`, onOneLine(messageOf(error))];
}
