import { messageOf } from "@lastgood/core/adapter";
import { Copier, type CopyTally, type LeftBehind } from "../copy/copier.ts";
import { readCopyPlace, refuseSame } from "../copy/copy-places.ts";
import { publishSeed } from "../copy/publish-seed.ts";
import { isThere, mustBeThere } from "../stores/presence.ts";
import { openToFill, openToLook } from "../stores/with-stores.ts";
import { StoreError } from "../stores/backup-store.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { Progress } from "../terminal/progress.ts";
import { nameOrId, say } from "../terminal/say.ts";
import { countOf, showCount, showSize } from "../terminal/show-size.ts";
import type { Command } from "./command.ts";

export const copy: Command = {
  name: "copy",
  synopsis: "FROM TO",
  summary: "copy all backups to another store",
  details: [
    "FROM and TO are places as for --backup; a path is a directory. Copies every key with the times of its records and of its last use, and what says that a key was deleted. What is newer at TO stays. Nothing is deleted at FROM.",
    "Killed at any point, it goes on where it was when it is run again. Exits with 0 once everything is at TO, and with 1 if records were left behind because they cannot be read or written.",
    "TO may be seed:DIRECTORY: backups that are shipped with a program, which seedBackup(DIRECTORY) reads. FROM may be datastore.py:DIRECTORY: the pickles of Django's datastore.py, a file for each key, of which plain data is read and nothing is called.",
  ],
  options: ["json"],
  async run(args) {
    const isJson = args.flag("json");
    const [fromText, toText] = args.positionals("FROM", "TO");
    const [from, to] = [readCopyPlace(fromText, "FROM"), readCopyPlace(toText, "TO")];
    refuseSame(from, to);
    mustBeThere(from);
    isThere(to); // something else may be there
    const [source, target] = [await openToLook(from), await openToFill(to)];
    const copier = new Copier(source, target);
    const progress = new Progress(() => `copied ${countOf(copier.tally.copied, "key")} of ${showSize(copier.tally.bytes)}, ${showCount(copier.tally.present)} were there`);
    try {
      const left = await copyAll(copier, progress);
      if (to.kind === "seed") await publishSeed(to.path);
      progress.end();
      await print(isJson ? `${JSON.stringify({ from: source.title, to: target.title, ...copier.tally, leftBehind: left })}\n` : described(copier.tally, left));
      return left > 0 ? EXIT.failed : EXIT.ok;
    } catch (error) {
      progress.end();
      throw error instanceof StoreError && copier.tally.copied > 0 ? unfinished(error, copier.tally) : error;
    } finally {
      progress.end();
      for (const store of [source, target]) await store.close().catch(() => undefined); // every write was durable
    }
  },
};

async function copyAll(copier: Copier, progress: Progress): Promise<number> {
  let left = 0;
  for await (const record of copier.copy()) {
    left++;
    progress.clear();
    tell(record);
  }
  return left;
}

function tell({ id, ref, generation, problem }: LeftBehind): void {
  const which = generation === undefined ? "" : `generation ${generation}: `;
  say(`${which}left behind: ${problem}`, nameOrId(ref, id));
}

function described({ copied, records, bytes, present, newer }: CopyTally, left: number): string {
  const parts = [
    `copied ${countOf(copied, "key")}`,
    copied > 0 ? `${countOf(records, "record")} of ${showSize(bytes)}` : "",
    present > 0 ? `already there: ${showCount(present)}` : "",
    newer > 0 ? `newer there: ${showCount(newer)}` : "",
    left > 0 ? `left behind: ${countOf(left, "record")}` : "",
  ];
  return `${parts.filter(Boolean).join(", ")}\n`;
}

function unfinished(error: StoreError, { copied }: CopyTally): Error {
  return new Error(`stopped after ${countOf(copied, "key")}: ${messageOf(error)}. Run it again to go on`, { cause: error });
}
