import { UsageError } from "../arguments/usage-error.ts";
import type { Arguments } from "../arguments/arguments.ts";
import { findKeyOrSay, type KeptKey } from "../records/find-key.ts";
import { type Generation, generationsOf } from "../records/generations.ts";
import type { BackupStore } from "../stores/backup-store.ts";
import { forgetCached } from "../stores/forget-cached.ts";
import { withStores } from "../stores/with-stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { say, showKey } from "../terminal/say.ts";
import { showAge } from "../terminal/show-duration.ts";
import type { Command } from "./command.ts";

const THE_ONE_BEFORE = 2;

export const restore: Command = {
  name: "restore",
  synopsis: "KEY",
  summary: "make an older record the last good one",
  details: [
    "Writes the older record of KEY once more, as the newest one, as old as it is. The record that was the newest is kept as the one before. Expires the cached answer of the command line; programs answer from their own caches until these expire. The next good answer of the source replaces it, as ever.",
    "lastgood show KEY lists the records. In several stores, it is restored in each.",
  ],
  options: ["generation", "json", "key", "namespace", "backup", "cache"],
  ownHelp: { generation: "which record to restore, as show numbers them (2: the one before the newest)" },
  async run(args) {
    const number = args.positiveCount("generation") ?? THE_ONE_BEFORE;
    const isJson = args.flag("json");
    const asked = args.key();
    const restored = await withStores(args, (stores) => restoreIn(stores, args, { asked, number }));
    if (restored === undefined) return EXIT.failed;
    const { kept, generation, stamp } = restored;
    await forgetCached(args, kept.ref);
    const loadedAt = generation.summary?.loadedAt ?? generation.stamp;
    if (isJson) await print(`${JSON.stringify({ key: kept.ref, generation: number, loadedAt, stamp })}\n`);
    else await print(`${showKey(kept.ref)}: generation ${number}, ${showAge(loadedAt)} old, is the last good one again\n`);
    return EXIT.ok;
  },
};

interface Restored {
  readonly kept: KeptKey;
  readonly generation: Generation;
  readonly stamp: number;
}

async function restoreIn(stores: readonly BackupStore[], args: Arguments, { asked, number }: { readonly asked: string; readonly number: number }): Promise<Restored | undefined> {
  const kept = await findKeyOrSay(args, stores, asked);
  if (kept === undefined) return undefined;
  const generation = kept.generations.find((one) => one.number === number);
  const why = whyNot(kept, generation, number);
  if (why !== undefined) {
    say(why, kept.ref);
    return undefined;
  }
  const writable = stores.filter(({ place }) => place.kind !== "seed");
  if (writable.length === 0) throw new UsageError("a seed is not written to: it is made by lastgood copy");
  return generation && writeAnew(writable, kept, generation);
}

function whyNot({ generations }: KeptKey, generation: Generation | undefined, number: number): string | undefined {
  if (generation === undefined) return `there is no generation ${number}: ${generations.length === 1 ? "one record is" : `${generations.length} records are`} kept`;
  if (generation.problem !== undefined) return `generation ${number} cannot be restored: ${generation.problem}`;
  if (generation.summary?.deleted === true) return `generation ${number} cannot be restored: it says that the key was deleted`;
  return undefined;
}

/** The same bytes under a new stamp: the record says itself how old it is, and no codec or key is needed. */
async function writeAnew(stores: readonly BackupStore[], kept: KeptKey, generation: Generation): Promise<Restored | undefined> {
  const newest = await newestStamp(stores, kept.id);
  if (newest >= Number.MAX_SAFE_INTEGER) throw new Error(`${showKey(kept.ref)}: its newest record has the greatest stamp that there is, and none can come after it: delete the key`);
  const now = Date.now();
  const stamp = Math.max(now, newest + 1);
  let greatest = stamp;
  for (const store of stores) greatest = Math.max(greatest, await store.write(kept.id, generation.bytes, { loadedAt: stamp, usedAt: now }));
  if (greatest === stamp) return { kept, generation, stamp };
  say("a newer value was stored at the same time, and stays the last good one", kept.ref);
  return undefined;
}

async function newestStamp(stores: readonly BackupStore[], id: string): Promise<number> {
  let newest = 0;
  for (const store of stores) {
    for await (const { stamp } of generationsOf(store, id)) {
      newest = Math.max(newest, stamp);
      break;
    }
  }
  return newest;
}
