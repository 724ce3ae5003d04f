import type { BackupInfo } from "@lastgood/core/adapter";
import type { Command } from "../command.ts";
import { showDuration } from "../durations.ts";
import { EXIT } from "../load-failure.ts";
import { PLACE_OPTIONS } from "../options.ts";
import { print } from "../print.ts";
import { findPlaces } from "../places.ts";
import { openBackup } from "../stores.ts";
import { table } from "../table.ts";

export const status: Command = {
  name: "status",
  synopsis: "",
  summary: "list the backups",
  details: "Lists every backup with its age, the time since it was last used, and its size. A record is named after its key.",
  options: PLACE_OPTIONS,
  async run(args) {
    args.positionals();
    const places = findPlaces({ backup: args.text("backup"), cache: args.text("cache") });
    const backup = openBackup(places.backup);
    try {
      const rows: (readonly string[])[] = [];
      for await (const record of backup.list()) rows.push(row(record, Date.now()));
      await print(table(["RECORD", "LOADED", "USED", "BYTES"], rows.sort()));
      return EXIT.ok;
    } finally {
      await backup.close?.();
    }
  },
};

function row({ id, loadedAt, usedAt, size }: BackupInfo, now: number): readonly string[] {
  const ago = (time: number): string => `${showDuration(Math.max(0, now - time))} ago`;
  return [id, ago(loadedAt), ago(usedAt), String(size)];
}
