import type { KeyInFallback } from "@lastgood/core";
import { messageOf } from "@lastgood/core/adapter";
import { PLACE_OPTIONS } from "../arguments/options.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { onOneLine, showKey } from "../terminal/say.ts";
import { showDuration } from "../terminal/show-duration.ts";
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
  options: ["stale-exit", ...PLACE_OPTIONS],
  async run(args) {
    const staleExit = args.exitCode("stale-exit") ?? EXIT.ok;
    args.positionals();
    return await withDatastore(args, { usesCache: false }, async ({ datastore }) => {
      const rows: (readonly string[])[] = [];
      for await (const outage of datastore.outages()) rows.push(row(outage));
      if (rows.length === 0) return EXIT.ok;
      await print(table(TITLES, rows.sort()));
      return staleExit;
    });
  },
};

function row({ key, since, failures, age, error }: KeyInFallback): readonly string[] {
  const failingFor = showDuration(Math.max(0, Date.now() - since));
  return [showKey(key), failingFor, String(failures), `${showDuration(age)} old`, onOneLine(messageOf(error))];
}
